import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HomeView } from '../../bindings/ipc';
import { language } from '../../i18n/language.svelte';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { consent, draft, fields, formDraft, home } from '../../testing/views';
import OwnerMode from './OwnerMode.svelte';

const mode = { draftId: 'd1', triesLeft: 5 };
const tablet = home({ officer: { name: '王敏', staffNumber: '0731' }, ownerMode: mode });

async function show(answers: Parameters<typeof fakeHost>[0], view: HomeView = tablet) {
  await language.loaded(Promise.resolve());
  const onHome = vi.fn();
  const props = { host: fakeHost(answers).host, home: view, mode, largeType: false, onPrefer: vi.fn(), onHome };
  const shown = render(OwnerMode, { props });
  return { onHome, ...shown };
}

const asked = draft({ fields: fields({ enterprise_code: '91990000MA0000001B' }) });

describe('owner mode', () => {
  test('shows whose bank, which officer, whose data, and the consent page', async () => {
    await show({ draft: () => ok(asked) });
    expect((await screen.findByTestId('consent-question')).textContent).toContain('税务记录');
    const bar = screen.getByTestId('owner-bar').textContent;
    for (const word of ['海门银行', '王敏', '0731']) expect(bar).toContain(word);
    expect(screen.getByTestId('owner-code').textContent).toContain('91990000MA0000001B');
    expect(screen.queryByTestId('open-outbox')).toBeNull();
    expect(screen.queryByTestId('go-home')).toBeNull();
  });

  test('asks for the PIN once every notice is answered', async () => {
    const left = vi.fn(() => ok(home()));
    const { onHome } = await show({ draft: () => ok(formDraft()), leaveOwnerMode: left });
    expect((await screen.findByTestId('hand-back-title')).textContent).toContain('交还');
    expect(screen.queryByTestId('hand-back-stay')).toBeNull();
    await fireEvent.input(screen.getByTestId('pin'), { target: { value: '4711' } });
    await fireEvent.click(screen.getByTestId('pin-go'));
    await waitFor(() => {
      expect(onHome).toHaveBeenCalled();
    });
    expect(left).toHaveBeenCalledWith({ pin: '4711' });
  });

  test('can be given back early, and read on when it was not meant', async () => {
    await show({ draft: () => ok(asked) });
    await screen.findByTestId('consent-question');
    await fireEvent.click(screen.getByTestId('hand-back'));
    expect(screen.queryByTestId('consent-question')).toBeNull();
    await fireEvent.click(screen.getByTestId('hand-back-stay'));
    expect(screen.getByTestId('consent-question')).toBeTruthy();
  });

  test('says how many tries are left, or how long to wait, and empties the box', async () => {
    let times = 0;
    const paused = { code: 'pin_paused' as const, message: '', retryAfterS: 90, violations: [], progress: null };
    await show({
      draft: () => ok(formDraft()),
      leaveOwnerMode: () => (times++ === 0 ? refuse('pin_wrong') : Promise.resolve({ ok: false, problem: paused })),
    });
    const box = await screen.findByTestId<HTMLInputElement>('pin');
    await fireEvent.input(box, { target: { value: '0000' } });
    await fireEvent.click(screen.getByTestId('pin-go'));
    expect((await screen.findByTestId('pin-tries')).textContent).toContain('5');
    expect(box.value).toBe('');
    expect(document.activeElement).toBe(box);
    await fireEvent.click(screen.getByTestId('pin-go'));
    expect((await screen.findByTestId('pin-wait')).textContent).toContain('2 分钟');
  });

  test('offers no agreement where only a phone of one’s own will do, and a refusal all the same', async () => {
    await show({ draft: () => ok(draft({ consents: [consent('tax', { ownPhoneNeeded: true })] })) });
    expect((await screen.findByTestId('own-phone')).textContent).toContain('自己的手机');
    expect(screen.queryByTestId('consent-agree')).toBeNull();
    expect(screen.getByTestId('consent-refuse')).toBeTruthy();
  });

  test('goes back to a page that was answered, without a way to other places, and on again', async () => {
    const consents = [consent('tax', { decision: 'given' }), consent('transactions')];
    await show({ draft: () => ok(draft({ consentAt: 1, consents })) });
    await screen.findByTestId('consent-agree');
    await fireEvent.click(screen.getByTestId('back'));
    expect(screen.getByTestId('consent-decision').querySelector('button')).toBeNull();
    await fireEvent.click(screen.getByTestId('consent-continue'));
    expect(screen.getByTestId('consent-agree')).toBeTruthy();
    await fireEvent.click(screen.getByTestId('back'));
    await fireEvent.click(screen.getByTestId('back'));
    expect(screen.getByTestId('hand-back-title')).toBeTruthy();
  });

  test('lets no dropped file take the place of the page', async () => {
    await show({ draft: () => ok(asked) });
    const drop = new Event('drop', { bubbles: true, cancelable: true });
    window.dispatchEvent(drop);
    expect(drop.defaultPrevented).toBe(true);
  });
});

describe('owner mode left alone', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('shows nothing of anybody after three minutes without a touch, until a touch', async () => {
    await show({ draft: () => ok(asked) });
    await vi.advanceTimersByTimeAsync(179_000);
    await fireEvent.click(screen.getByTestId('consent-full'));
    await vi.advanceTimersByTimeAsync(179_000);
    expect(screen.getByTestId('consent-question')).toBeTruthy();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(document.body.textContent.trim()).toBe('点一下，接着办');
    await fireEvent.click(screen.getByTestId('idle'));
    expect(screen.getByTestId('consent-question')).toBeTruthy();
  });
});
