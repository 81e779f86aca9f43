import { vi } from 'vitest';
import type { Problem, ProblemCode, Violation } from '../bindings/ipc';
import type { Host, Result } from '../host/host';

type Command = Exclude<keyof Host, 'onChanged'>;
type Answers = { [K in Command]?: Host[K] };

export function ok<T>(value: T): Promise<Result<T>> {
  return Promise.resolve({ ok: true, value });
}

export function refuse(code: ProblemCode, violations: Violation[] = []): Promise<{ ok: false; problem: Problem }> {
  return Promise.resolve({ ok: false, problem: { code, message: code, retryAfterS: null, violations, progress: null } });
}

/** One of several codes was read: `done` of `of` are here. */
export function inPieces(done: number, of: number): Promise<{ ok: false; problem: Problem }> {
  const problem: Problem = { code: 'code_in_pieces', message: '', retryAfterS: null, violations: [], progress: { done, of } };
  return Promise.resolve({ ok: false, problem });
}

/** An answer that the test gives when it is time. */
export function later<T>(): { readonly promise: Promise<T>; readonly give: (value: T) => void } {
  let give: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    give = resolve;
  });
  return { promise, give: (value) => { give(value); } };
}

const COMMANDS: readonly Command[] = [
  'home',
  'readPicture',
  'readFrame',
  'openCodes',
  'openLink',
  'enterBranch',
  'draft',
  'decideConsent',
  'enterOwnerMode',
  'leaveOwnerMode',
  'setField',
  'fillLicence',
  'forgetShop',
  'requestCode',
  'readAnswer',
  'answerCode',
  'submit',
  'discardDraft',
  'case',
  'outbox',
  'sendNow',
  'sendAgain',
  'askAgain',
  'takeBack',
  'exportCase',
  'exportEvidence',
  'forgetLost',
  'consents',
  'withdrawConsent',
  'sayUpstream',
  'consentCopy',
  'saveCopy',
  'setPreferences',
  'setOfficer',
  'setPassphrase',
  'unlock',
  'repair',
];

/** A host whose answers the test gives; a command without one is a mistake of the test. */
export function fakeHost(answers: Answers): { readonly host: Host; readonly changed: () => void } {
  const listeners = new Set<() => void>();
  const commands = Object.fromEntries(
    COMMANDS.map((command) => [
      command,
      answers[command] ?? vi.fn(() => Promise.reject(new Error(`no answer for ${command}`))),
    ]),
  ) as unknown as Omit<Host, 'onChanged'>;
  return {
    host: {
      ...commands,
      onChanged: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    changed: () => {
      for (const listener of [...listeners]) listener();
    },
  };
}
