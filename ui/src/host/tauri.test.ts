import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { codes, draft, home } from '../testing/views';
import { roomFor } from './frame';
import { tauriHost } from './tauri';

const invoke = vi.fn<(command: string, payload?: unknown) => Promise<unknown>>();

beforeEach(() => {
  invoke.mockReset();
  vi.stubGlobal('__TAURI_INTERNALS__', { invoke });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the shell', () => {
  test('gets a request under the one name of our commands', async () => {
    invoke.mockResolvedValue(draft());
    const request = { draftId: 'd1', field: 'amount', value: '10' } as const;
    expect(await tauriHost().setField(request)).toEqual({ ok: true, value: draft() });
    expect(invoke.mock.calls[0]?.slice(0, 2)).toEqual(['set_field', { request }]);
  });

  test('gets a picture as the whole payload', async () => {
    invoke.mockResolvedValue(codes());
    await tauriHost().readPicture(new Blob([new Uint8Array([1, 2])]));
    expect(invoke.mock.calls[0]?.slice(0, 2)).toEqual(['read_picture', new Uint8Array([1, 2])]);
  });

  test('gets a frame as the whole payload, without a copy of its pixels', async () => {
    invoke.mockResolvedValue(codes());
    const luma = roomFor(2, 1);
    await tauriHost().readFrame({ width: 2, height: 1, turn: 3, luma });
    const [command, payload] = invoke.mock.calls[0] ?? [];
    expect(command).toBe('read_frame');
    expect((payload as Uint8Array).buffer).toBe(luma.buffer);
  });

  test('of a phone is sent no frames: it turns bytes into text', async () => {
    vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue('Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36');
    await tauriHost().readFrame({ width: 2, height: 1, turn: 3, luma: new Uint8Array(2) });
    expect(invoke).not.toHaveBeenCalled();
  });

  test('gets no request where there is none', async () => {
    invoke.mockResolvedValue(home());
    await tauriHost().home();
    expect(invoke.mock.calls[0]?.[0]).toBe('home');
  });

  test('refuses with a problem', async () => {
    const problem = { code: 'draft_unknown', message: '', retryAfterS: null, violations: [], progress: null };
    invoke.mockRejectedValue(problem);
    expect(await tauriHost().draft({ draftId: 'x' })).toEqual({ ok: false, problem });
  });

  test('tells a listener once it is sure to hear the next event, so that none is missed', async () => {
    let listening: (id: number) => void = () => undefined;
    invoke.mockReturnValue(new Promise((resolve) => (listening = resolve)));
    vi.stubGlobal('__TAURI_INTERNALS__', { invoke, transformCallback: () => 7 });
    const heard = vi.fn();
    tauriHost().onChanged(heard);
    expect(invoke.mock.calls[0]?.[0]).toBe('plugin:event|listen');
    expect(heard).not.toHaveBeenCalled();
    listening(1);
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalledOnce();
    });
  });

  test('is at fault when it refuses with anything else', async () => {
    invoke.mockRejectedValue('command home not allowed');
    expect(await tauriHost().home()).toMatchObject({ ok: false, problem: { code: 'internal' } });
  });
});
