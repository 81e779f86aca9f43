import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import type { CaseView } from '../../bindings/ipc';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { caseView, draft, entry, record } from '../../testing/views';
import Case from './Case.svelte';

async function show(view: CaseView, answers: Parameters<typeof fakeHost>[0] = {}) {
  const { host, changed } = fakeHost({ consents: () => ok({ records: [], asked: null }), ...answers });
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
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('case_already_delivered');
  });

  test('fetches the evidence of a case that arrived, and says where it lies', async () => {
    const file = { fileName: 'sanbu-7K2Q-4M.bundle', path: '/data/exports/sanbu-7K2Q-4M.bundle', sizeBytes: 41_000 };
    const exportEvidence = vi.fn(() => ok(file));
    await show(received, { exportEvidence });
    await fireEvent.click(screen.getByTestId('evidence'));
    expect((await screen.findByTestId('evidence-saved')).textContent).toContain(file.path);
    expect(exportEvidence).toHaveBeenCalledWith({ caseId: received.caseId });
  });

  test('says why there is no evidence, and lets a person try again', async () => {
    const file = { fileName: 'a.bundle', path: '/data/exports/a.bundle', sizeBytes: 1 };
    const answers = [refuse('offline'), refuse('evidence_invalid'), ok(file)];
    await show(received, { exportEvidence: () => answers.shift() ?? refuse('internal') });
    for (const code of ['offline', 'evidence_invalid']) {
      await fireEvent.click(screen.getByTestId('evidence'));
      await waitFor(() => {
        expect(screen.getByTestId('problem').dataset['code']).toBe(code);
      });
    }
    await fireEvent.click(screen.getByTestId('evidence'));
    expect(await screen.findByTestId('evidence-saved')).toBeTruthy();
    expect(screen.queryByTestId('problem')).toBeNull();
  });

  test('offers no evidence before the bank has the case', async () => {
    await show(caseView());
    expect(screen.queryByTestId('evidence')).toBeNull();
  });

  test('shows what is left to do at the source for the consents of this case, and of no other', async () => {
    const upstream = {
      name: { zhHans: '电子税务局', en: 'the e-tax platform' },
      steps: [{ zhHans: '登录', en: 'Sign in' }],
      address: null,
      saidAtMs: null,
      untilMs: 1,
    };
    const records = [record({ caseId: received.caseId, upstream }), record({ recordId: 'r2', caseId: 'other', upstream })];
    await show(received, { consents: () => ok({ records, asked: null }) });
    expect((await screen.findAllByTestId('upstream')).length).toBe(1);
  });
});
