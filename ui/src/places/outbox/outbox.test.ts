import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import type { EntryView } from '../../bindings/ipc';
import { fakeHost, ok } from '../../testing/fake-host';
import { entry, outbox } from '../../testing/views';
import Outbox from './Outbox.svelte';

function show(answers: Parameters<typeof fakeHost>[0]) {
  const { host, changed } = fakeHost(answers);
  const onCase = vi.fn();
  render(Outbox, { props: { host, onCase, onBack: vi.fn() } });
  return { changed, onCase };
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

  test('looks again after each event', async () => {
    let answer = outbox([entry()]);
    const { changed } = show({ outbox: () => ok(answer) });
    await screen.findByText('已存本机');
    answer = outbox([entry({ state: 'delivered', reference: 'SB-1', receivedAtMs: 1 })]);
    changed();
    expect((await screen.findByTestId('outbox-entry')).dataset['state']).toBeDefined();
    await waitFor(() => {
      expect(screen.getByTestId('outbox-entry').dataset['state']).toBe('delivered');
    });
  });

  test('tries at once on a press', async () => {
    const sendNow = vi.fn(() => ok(outbox([entry({ sending: true })])));
    show({ outbox: () => ok(outbox([entry()])), sendNow });
    await fireEvent.click(await screen.findByTestId('send-now'));
    expect(sendNow).toHaveBeenCalledTimes(1);
  });

  test('draws 500 entries page by page', async () => {
    const many = Array.from({ length: 500 }, (_, index) => entry({ caseId: `c${String(index)}` }));
    show({ outbox: () => ok(outbox(many)) });
    expect(await screen.findAllByTestId('outbox-entry')).toHaveLength(50);
    await fireEvent.click(screen.getByRole('button', { name: '再看 50 项' }));
    expect(screen.getAllByTestId('outbox-entry')).toHaveLength(100);
  });

  test('opens the case of an application', async () => {
    const { onCase } = show({ outbox: () => ok(outbox([entry()])) });
    await fireEvent.click(await screen.findByTestId('outbox-open'));
    expect(onCase).toHaveBeenCalledWith('c1');
  });
});
