import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import type { CaseView } from '../../bindings/ipc';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { caseView, draft, entry } from '../../testing/views';
import Case from './Case.svelte';

async function show(view: CaseView, answers: Parameters<typeof fakeHost>[0] = {}) {
  const { host, changed } = fakeHost(answers);
  const told = { onDraft: vi.fn(), onOutbox: vi.fn(), onScan: vi.fn() };
  const rendered = render(Case, {
    props: {
      host,
      view,
      onView: (next: CaseView) => void rendered.rerender({ view: next }),
      ...told,
    },
  });
  await Promise.resolve();
  return { changed, ...told };
}

const received = caseView({ state: 'delivered', reference: 'SB-000713', receivedAtMs: 1, acts: ['open'] });

describe('a receipt', () => {
  test('says saved, not received, while it waits', async () => {
    await show(caseView());
    expect(screen.getByTestId('receipt-state').dataset['state']).toBe('queued');
    expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('还没发出');
    expect(document.body.textContent).not.toContain('银行收到了');
    expect(screen.queryByTestId('receipt-reference')).toBeNull();
  });

  test('turns to received by itself, aloud, with the number of the bank', async () => {
    const { changed } = await show(caseView(), { case: () => ok(received) });
    changed();
    expect((await screen.findByTestId('receipt-reference')).textContent).toBe('SB-000713');
    expect(screen.getByTestId('receipt-state').querySelector('[role=status]')?.textContent).toContain('银行收到了');
  });

  test('does not say received without the number of the bank', async () => {
    await show(caseView({ state: 'delivered', reference: null }));
    expect(document.body.textContent).not.toContain('银行收到了');
  });

  test('names the reason and what to do when it needs a person', async () => {
    await show(caseView({ state: 'parked', parkedReason: 'stale' }));
    expect(screen.getByTestId('receipt-state').textContent).toContain('改好再发');
  });

  test('is asked again where Rust says that it can be', async () => {
    const { onDraft } = await show(caseView({ state: 'parked', parkedReason: 'stale', acts: ['open', 'ask_again'] }), {
      askAgain: () => ok(draft()),
    });
    await fireEvent.click(screen.getByTestId('ask-again'));
    await waitFor(() => {
      expect(onDraft).toHaveBeenCalledWith(draft());
    });
    expect(screen.queryByTestId('take-back')).toBeNull();
  });

  test('is taken back only after asking', async () => {
    const takeBack = vi.fn(() => ok(entry({ state: 'cancelled' })));
    await show(caseView(), { takeBack, case: () => ok(caseView({ state: 'cancelled', acts: ['open'] })) });
    await fireEvent.click(screen.getByTestId('take-back'));
    expect(takeBack).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByTestId('take-back-yes'));
    await waitFor(() => {
      expect(screen.getByTestId('receipt-state').dataset['state']).toBe('cancelled');
    });
    expect(screen.queryByTestId('take-back')).toBeNull();
  });

  test('shows that the bank was faster than taking back', async () => {
    await show(caseView(), { takeBack: () => refuse('case_already_delivered'), case: () => ok(received) });
    await fireEvent.click(screen.getByTestId('take-back'));
    await fireEvent.click(screen.getByTestId('take-back-yes'));
    expect(await screen.findByTestId('receipt-reference')).toBeTruthy();
    expect(screen.getByTestId('problem').dataset['code']).toBe('case_already_delivered');
  });
});
