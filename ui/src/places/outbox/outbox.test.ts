import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import type { EntryView, ExportView, OutboxRequest, OutboxView, ParkedReason } from '../../bindings/ipc';
import { language } from '../../i18n/language.svelte';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { draft, entry, home, lost, outbox } from '../../testing/views';
import Outbox from './Outbox.svelte';

function show(answers: Parameters<typeof fakeHost>[0]) {
  const { host, changed } = fakeHost(answers);
  const [onCase, onDraft] = [vi.fn(), vi.fn()];
  render(Outbox, { props: { host, onCase, onDraft, onBack: vi.fn() } });
  return { changed, onCase, onDraft };
}

/** 10,000 entries, of which a host hands out the page that was asked for. */
function longList() {
  return vi.fn(({ offset, limit }: OutboxRequest) => {
    const total = 10_000;
    const rows = Array.from({ length: Math.min(limit, total - offset) }, (_, index) => entry({ caseId: `c${String(offset + index)}` }));
    return ok(outbox(rows, { offset, total }));
  });
}

const states: readonly [string, Partial<EntryView>, string][] = [
  ['saved', {}, '已存本机'],
  ['on its way', { sending: true }, '发送中'],
  ['delivered', { state: 'delivered', reference: 'SB-000712', receivedAtMs: 1 }, '已送达'],
  ['parked', { state: 'parked', parkedReason: 'conflict' }, '要您处理'],
  ['taken back', { state: 'cancelled' }, '已撤回'],
];

describe('the outbox', () => {
  test.each(states)('has a symbol and a word for an entry that is %s', async (_, change, word) => {
    show({ outbox: () => ok(outbox([entry(change)])) });
    const row = await screen.findByTestId('outbox-entry');
    expect(row.querySelector('svg')).not.toBeNull();
    expect(row.textContent).toContain(word);
  });

  test('says how far an entry on its way got, in bytes that a person can read', async () => {
    show({ outbox: () => ok(outbox([entry({ sending: true, parts: 3, confirmedBytes: 1_200_000, totalBytes: 3_400_000 })])) });
    const bar = await screen.findByRole('progressbar');
    expect(bar.getAttribute('value')).toBe('1200000');
    expect(bar.getAttribute('max')).toBe('3400000');
    expect(bar.getAttribute('aria-label')).toContain('L-7F3K');
    const row = screen.getByTestId('outbox-entry').textContent;
    expect(row).toContain('1.2 MB');
    expect(row).toContain('3.4 MB');
    expect(row).toContain('3 张');
  });

  test('keeps the progress of one that broke off, and shows none for one that never left', async () => {
    const broken = entry({ caseId: 'a', confirmedBytes: 262_144, totalBytes: 1_000_000 });
    show({ outbox: () => ok(outbox([broken, entry({ caseId: 'b' })])) });
    await screen.findAllByTestId('outbox-entry');
    expect(screen.getAllByRole('progressbar')).toHaveLength(1);
  });

  test.each<ParkedReason>(['conflict', 'refused', 'stale', 'expired', 'damaged'])(
    'says in words why an entry is parked and what to do: %s',
    async (parkedReason) => {
      show({ outbox: () => ok(outbox([entry({ state: 'parked', parkedReason, acts: ['ask_again', 'export'] })])) });
      const row = await screen.findByTestId('outbox-entry');
      const { what, act } = language.allWords.parkedReasons[parkedReason];
      expect(row.textContent).toContain(what);
      expect(row.textContent).toContain(act);
    },
  );

  test('names no button that is not there', async () => {
    show({ outbox: () => ok(outbox([entry({ state: 'parked', parkedReason: 'damaged', acts: ['export'] })])) });
    const row = await screen.findByTestId('outbox-entry');
    expect(row.textContent).toContain('打页面下方的电话');
    expect(row.textContent).not.toContain('改好再发');
  });

  test('offers exactly the acts that Rust names, each with the number in its name', async () => {
    const acts: EntryView['acts'] = ['open', 'ask_again', 'send_again', 'export', 'take_back'];
    show({ outbox: () => ok(outbox([entry({ state: 'parked', parkedReason: 'refused', acts })])) });
    const row = await screen.findByTestId('outbox-entry');
    const names = [...row.querySelectorAll('button')].map((button) => button.getAttribute('aria-label'));
    expect(names).toEqual(['看', '改好再发', '再发一次', '存给客服的文件', '撤回'].map((act) => `${act} L-7F3K`));
  });

  test('looks again after each event', async () => {
    let answer = outbox([entry()]);
    const { changed } = show({ outbox: () => ok(answer) });
    await screen.findByText('已存本机');
    answer = outbox([entry({ state: 'delivered', reference: 'SB-1', receivedAtMs: 1 })]);
    changed();
    await waitFor(() => {
      expect(screen.getByTestId('outbox-entry').dataset['state']).toBe('delivered');
    });
  });

  test('makes one look of a hundred events', async () => {
    const list = longList();
    const { changed } = show({ outbox: list });
    await screen.findAllByTestId('outbox-entry');
    for (let event = 0; event < 100; event++) changed();
    await waitFor(() => {
      expect(list).toHaveBeenCalledTimes(2);
    });
    expect(list).toHaveBeenCalledTimes(2);
  });

  test('tries at once on a press', async () => {
    const sendNow = vi.fn(() => ok(outbox([entry({ sending: true })])));
    show({ outbox: () => ok(outbox([entry()])), sendNow });
    await fireEvent.click(await screen.findByTestId('send-now'));
    expect(sendNow).toHaveBeenCalledExactlyOnceWith({ offset: 0, limit: 50 });
  });

  test('draws one page of 10,000 entries, and the next one in its place', async () => {
    const list = longList();
    show({ outbox: list });
    expect(await screen.findAllByTestId('outbox-entry')).toHaveLength(50);
    expect(screen.getByTestId('outbox-place').textContent).toContain('第 1 到 50 项，共 10000 项');
    expect(screen.queryByTestId('outbox-newer')).toBeNull();
    await fireEvent.click(screen.getByTestId('outbox-older'));
    await waitFor(() => {
      expect(screen.getByTestId('outbox-place').textContent).toContain('第 51 到 100 项');
    });
    expect(screen.getAllByTestId('outbox-entry')).toHaveLength(50);
    expect(document.activeElement).toBe(screen.getByTestId('outbox-place'));
    expect(list).toHaveBeenLastCalledWith({ offset: 50, limit: 50 });
  });

  test('goes to the last page there is when the one on the screen became empty', async () => {
    let total = 60;
    const list = vi.fn(({ offset, limit }: OutboxRequest) => {
      const rows = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, n) => entry({ caseId: `c${String(offset + n)}` }));
      return ok(outbox(rows, { offset, total }));
    });
    const { changed } = show({ outbox: list });
    await fireEvent.click(await screen.findByTestId('outbox-older'));
    await waitFor(() => {
      expect(screen.getAllByTestId('outbox-entry')).toHaveLength(10);
    });
    total = 40;
    changed();
    await waitFor(() => {
      expect(screen.getAllByTestId('outbox-entry')).toHaveLength(40);
    });
  });

  test('opens the case of an application', async () => {
    const { onCase } = show({ outbox: () => ok(outbox([entry()])) });
    await fireEvent.click(await screen.findByTestId('outbox-open'));
    expect(onCase).toHaveBeenCalledWith('c1');
  });

  test('goes on with the draft of a case that is asked again', async () => {
    const parked = entry({ state: 'parked', parkedReason: 'stale', acts: ['open', 'ask_again', 'take_back'] });
    const { onDraft } = show({ outbox: () => ok(outbox([parked])), askAgain: () => ok(draft()) });
    await fireEvent.click(await screen.findByTestId('outbox-ask-again'));
    await waitFor(() => {
      expect(onDraft).toHaveBeenCalledWith(draft());
    });
  });

  test('says at the entry why an act did not work', async () => {
    const parked = entry({ state: 'parked', parkedReason: 'refused', acts: ['send_again'] });
    show({ outbox: () => ok(outbox([parked])), sendAgain: () => refuse('case_not_held') });
    await fireEvent.click(await screen.findByTestId('outbox-send-again'));
    const told = await screen.findByTestId('problem');
    expect(told.dataset['code']).toBe('case_not_held');
    expect(screen.getByTestId('outbox-entry').contains(told)).toBe(true);
  });

  test('takes back only after asking in place', async () => {
    const takeBack = vi.fn(() => ok(entry({ state: 'cancelled' })));
    show({ outbox: () => ok(outbox([entry()])), takeBack });
    await fireEvent.click(await screen.findByTestId('outbox-take-back'));
    expect(takeBack).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByTestId('outbox-take-back-c1-no'));
    expect(screen.queryByTestId('outbox-take-back-c1-yes')).toBeNull();
    await fireEvent.click(screen.getByTestId('outbox-take-back'));
    await fireEvent.click(screen.getByTestId('outbox-take-back-c1-yes'));
    expect(takeBack).toHaveBeenCalledExactlyOnceWith({ caseId: 'c1' });
  });

  test('says where the file for the help line lies', async () => {
    const file: ExportView = { fileName: 'sanbu-L-7F3K.cbor', path: '/data/exports/sanbu-L-7F3K.cbor', sizeBytes: 900 };
    const parked = entry({ state: 'parked', parkedReason: 'refused', acts: ['export'] });
    show({ outbox: () => ok(outbox([parked])), exportCase: () => ok(file) });
    await fireEvent.click(await screen.findByTestId('outbox-export'));
    expect((await screen.findByTestId('outbox-exported')).textContent).toContain(file.path);
  });

  test('names what is gone from it, asks it again or forgets it after asking', async () => {
    let answer: OutboxView = outbox([], { lost: [lost()] });
    const forgetLost = vi.fn(() => {
      answer = outbox([]);
      return ok(home());
    });
    const { onDraft } = show({ outbox: () => ok(answer), askAgain: () => ok(draft()), forgetLost });
    const row = await screen.findByTestId('outbox-lost-entry');
    expect(row.textContent).toContain('L-9Q2M');
    expect(row.textContent).toContain('5万元');
    await fireEvent.click(screen.getByTestId('outbox-lost-ask-again'));
    await waitFor(() => {
      expect(onDraft).toHaveBeenCalled();
    });
    await fireEvent.click(screen.getByTestId('outbox-forget'));
    expect(forgetLost).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByTestId('outbox-forget-l1-yes'));
    await waitFor(() => {
      expect(screen.queryByTestId('outbox-lost')).toBeNull();
    });
  });

  test.each(['offline', 'portal', 'clock'] as const)('tells that the way is %s without alarm', async (connection) => {
    show({ outbox: () => ok(outbox([entry()], { connection })) });
    expect(await screen.findByText(language.allWords.connections[connection])).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('says that there is nothing to send', async () => {
    show({ outbox: () => ok(outbox([])) });
    expect(await screen.findByText('没有要发的')).toBeTruthy();
  });

  test('keeps the list when a look fails, and offers another', async () => {
    let fails = false;
    const { changed } = show({ outbox: () => (fails ? refuse('store_unreadable') : ok(outbox([entry()]))) });
    await screen.findByTestId('outbox-entry');
    fails = true;
    changed();
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('store_unreadable');
    expect(screen.getByTestId('outbox-entry')).toBeTruthy();
    fails = false;
    await fireEvent.click(screen.getByRole('button', { name: language.words.retry }));
    await waitFor(() => {
      expect(screen.queryByTestId('problem')).toBeNull();
    });
  });
});
