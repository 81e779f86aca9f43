import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { HomeView } from './bindings/ipc';
import App from './App.svelte';
import { fakeHost, ok, refuse } from './testing/fake-host';
import { caseView, codes, consent, draft, fields, formDraft, home, text } from './testing/views';

beforeEach(() => {
  history.replaceState(null, '');
  vi.stubGlobal('scrollTo', vi.fn());
});

const resumable = home({ drafts: [{ draftId: 'd1', branch: text('路桥支行'), product: text('贷'), savedAtMs: 0 }] });

describe('the app', () => {
  test('goes where Rust says a draft stands', async () => {
    const second = draft({ consentAt: 1, consents: [consent('tax', { decision: 'given' }), consent('transactions')] });
    const { host } = fakeHost({ home: () => ok(resumable), draft: () => ok(second) });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('resume'));
    expect((await screen.findByTestId('consent-question')).textContent).toContain('收款流水');
  });

  test('shows an officer no consent page, however it is asked for', async () => {
    const waiting = draft({ step: 'hand_over' });
    history.replaceState({ sanbu: { name: 'consent', draftId: 'd1', at: 0 }, depth: 0 }, '');
    const { host } = fakeHost({ home: () => ok(resumable), draft: () => ok(waiting) });
    render(App, { props: { host } });
    expect(await screen.findByTestId('hand-over-phone')).toBeTruthy();
    expect(screen.queryByTestId('consent-agree')).toBeNull();
  });

  test('goes on to the form once the answer of the phone was read, and not back to the codes', async () => {
    const { host } = fakeHost({
      home: () => ok(resumable),
      draft: () => ok(draft({ step: 'hand_over' })),
      requestCode: () => ok({ pieces: [['#']] }),
      readPicture: () => ok(codes('a')),
      readAnswer: () => ok(formDraft({ answeredElsewhere: true })),
    });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('resume'));
    await fireEvent.click(await screen.findByTestId('hand-over-phone'));
    const before = history.length;
    await fireEvent.change(await screen.findByTestId('answer-file'), { target: { files: [new File(['x'], 'a.png')] } });
    expect(await screen.findByTestId('answered-elsewhere')).toBeTruthy();
    expect(history.length).toBe(before);
  });

  test('shows the answer again after coming back, and then the consents that it holds', async () => {
    const answered = draft({
      step: 'answer',
      consents: [consent('tax', { decision: 'given' })],
      askedBy: { officer: { name: '王敏', staffNumber: '0731' }, enterpriseCodeMasked: '9199****01B' },
    });
    const { host } = fakeHost({
      home: () => ok(resumable),
      draft: () => ok(answered),
      answerCode: () => ok({ pieces: [['#']] }),
      discardDraft: () => ok(home()),
      consents: () => ok({ records: [], asked: null }),
    });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('resume'));
    await fireEvent.click(await screen.findByTestId('answer-done'));
    expect(await screen.findByTestId('consents-list')).toBeTruthy();
  });

  test('finds every character again after going back and coming again', async () => {
    const { host } = fakeHost({
      home: () => ok(resumable),
      draft: () => ok(formDraft()),
      setField: () => ok(formDraft({ fields: fields() })),
    });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('resume'));
    await fireEvent.input(await screen.findByTestId('field-mobile'), { target: { value: '138' } });
    await fireEvent.click(screen.getByTestId('consent-review-tax'));
    await screen.findByTestId('consent-decision');
    await fireEvent.click(screen.getByTestId('consent-continue'));
    await waitFor(() => {
      expect(screen.getByTestId('consent-question').textContent).toContain('收款流水');
    });
    await fireEvent.click(screen.getByTestId('consent-continue'));
    expect((await screen.findByTestId<HTMLInputElement>('field-mobile')).value).toBe('138');
  });

  test('shows the receipt after sending, and the badge from home', async () => {
    let pending = 0;
    const { host, changed } = fakeHost({
      home: () => ok({ ...resumable, pending }),
      draft: () => ok(formDraft()),
      submit: () => {
        pending = 1;
        return ok(caseView());
      },
      case: () => ok(caseView()),
      consents: () => ok({ records: [], asked: null }),
    });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('resume'));
    await fireEvent.click(await screen.findByTestId('submit'));
    expect((await screen.findByTestId('receipt-state')).dataset['state']).toBe('queued');
    changed();
    expect((await screen.findByTestId('outbox-count')).textContent).toBe('1');
  });

  test('turns to the other language and keeps it', async () => {
    const setPreferences = vi.fn(() => ok(home({ preferences: { locale: 'en', largeType: false } })));
    const { host } = fakeHost({ home: () => ok(home()), setPreferences });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('toggle-language'));
    await waitFor(() => {
      expect(document.documentElement.lang).toBe('en');
    });
    expect(setPreferences).toHaveBeenCalledWith({ locale: 'en', largeType: false });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Scan the branch code');
  });

  test('goes to the draft of a link from outside, also when it comes later', async () => {
    let linkWaiting = false;
    const openLink = vi.fn(() => {
      linkWaiting = false;
      return ok(draft());
    });
    const { host, changed } = fakeHost({ home: () => ok(home({ linkWaiting })), openLink });
    render(App, { props: { host } });
    await screen.findByTestId('scan-file');
    expect(openLink).not.toHaveBeenCalled();
    linkWaiting = true;
    changed();
    expect((await screen.findByTestId('consent-question')).textContent).toContain('税务记录');
    expect(openLink).toHaveBeenCalledOnce();
  });

  test('says on the scan page what is wrong with a link', async () => {
    let linkWaiting = true;
    const openLink = () => {
      linkWaiting = false;
      return refuse('ticket_expired');
    };
    const { host } = fakeHost({ home: () => ok(home({ linkWaiting })), openLink });
    render(App, { props: { host } });
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('ticket_expired');
    expect(screen.getByTestId('scan-file')).toBeTruthy();
  });

  test('asks for no link that cannot be opened yet', async () => {
    const openLink = vi.fn(() => refuse('internal'));
    const { host } = fakeHost({ home: () => ok(home({ cataloguePresent: false })), openLink });
    render(App, { props: { host } });
    await screen.findByRole('heading', { level: 1 });
    expect(openLink).not.toHaveBeenCalled();
  });

  test('shows nothing but owner mode while it lasts, whatever the history says, and the draft’s step after it', async () => {
    history.replaceState({ sanbu: { name: 'case', caseId: 'c9' }, depth: 1 }, '');
    let ownerMode: HomeView['ownerMode'] = { draftId: 'd1', triesLeft: 5 };
    const { host, changed } = fakeHost({
      home: () => ok(home({ ownerMode })),
      draft: () => ok(ownerMode ? draft() : formDraft()),
    });
    render(App, { props: { host } });
    await screen.findByTestId('owner-bar');
    window.dispatchEvent(new PopStateEvent('popstate', { state: { sanbu: { name: 'outbox' }, depth: 0 } }));
    await screen.findByTestId('consent-question');
    for (const other of ['open-outbox', 'go-home', 'problem']) expect(screen.queryByTestId(other)).toBeNull();
    ownerMode = null;
    changed();
    expect(await screen.findByTestId('submit')).toBeTruthy();
  });

  test('asks for the passphrase before anything else', async () => {
    const locked = home({ key: { rung: 'passphrase', state: 'locked' } });
    const { host } = fakeHost({ home: () => ok(locked) });
    render(App, { props: { host } });
    expect(await screen.findByTestId('unlock')).toBeTruthy();
    expect(screen.queryByTestId('scan-file')).toBeNull();
  });

  test('says what is wrong when it cannot start, and tries again', async () => {
    const home1 = vi.fn<() => ReturnType<typeof ok<ReturnType<typeof home>>>>();
    home1.mockImplementationOnce(() => refuse('store_unreadable')).mockImplementation(() => ok(home()));
    const { host } = fakeHost({ home: home1 });
    render(App, { props: { host } });
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('store_unreadable');
    await fireEvent.click(screen.getByRole('button', { name: '再试一次' }));
    expect(await screen.findByTestId('scan-file')).toBeTruthy();
  });

  test('keeps the report of a repair on the screen until it was read', async () => {
    let mended = false;
    const report = { recovered: 2, damaged: [], unreadable: 0, parts: 0, partsUnreadable: 0, oldFile: '/old' };
    const { host, changed } = fakeHost({
      // Its language is only known then.
      home: () => (mended ? ok(home({ preferences: { locale: 'en', largeType: false } })) : refuse('outbox_damaged')),
      repair: () => {
        mended = true;
        return ok(report);
      },
    });
    render(App, { props: { host } });
    await fireEvent.click(await screen.findByTestId('repair-start'));
    await screen.findByTestId('repair-report');
    changed();
    await screen.findByText('The outbox needs a repair');
    expect(screen.getByTestId('repair-report').textContent).toContain('2 entries are back');
    expect(screen.queryByTestId('scan-file')).toBeNull();
    await fireEvent.click(screen.getByTestId('repair-done'));
    expect(await screen.findByTestId('scan-file')).toBeTruthy();
  });
});
