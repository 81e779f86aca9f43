import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import type { StopView } from '../../bindings/ipc';
import { record } from '../../testing/views';
import Consents from './Consents.svelte';

const given = { records: [record()] };
const withdrawn = { records: [record({ decision: 'withdrawn', withdrawnAtMs: 1 })] };

function stopped(stop: Partial<StopView>) {
  const view: StopView = { state: 'queued', isLate: false, stoppedAtMs: null, treated: [], ...stop };
  const { host } = fakeHost({
    consents: () => ok({ records: [record({ decision: 'withdrawn', withdrawnAtMs: 1, stop: view })] }),
  });
  render(Consents, { props: { host, onBack: vi.fn() } });
}

describe('after a withdrawal', () => {
  test('says what waits, and promises the minute', async () => {
    stopped({});
    expect((await screen.findByTestId('stop-queued')).textContent).toContain('一分钟内停止读取');
    expect(screen.queryByTestId('treated')).toBeNull();
  });

  test('says that the bank is late', async () => {
    stopped({ state: 'asked', isLate: true });
    expect((await screen.findByTestId('stop-asked')).textContent).toContain('过了一分钟');
  });

  test('says what was deleted, cancelled and kept, why and until when', async () => {
    const none = { why: null, until: null, days: null, from: null } as const;
    stopped({
      state: 'stopped',
      stoppedAtMs: 1,
      treated: [
        { ...none, what: 'consent', done: 'kept', why: 'proof', until: '2029-11-22' },
        { ...none, what: 'reads', done: 'cancelled' },
        { ...none, what: 'data', done: 'kept', why: 'decided', days: 30, from: 'declined' },
        { ...none, what: 'application', done: 'none_there' },
      ],
    });
    expect((await screen.findByTestId('stop-stopped')).textContent).toContain('银行停止读取');
    const rows = [...screen.getByTestId('treated').children].map((row) => row.textContent);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/授权凭证.*依法保留.*第五十六条.*至2029年11月22日/s);
    expect(rows[1]).toMatch(/排着队的查询.*已取消/s);
    expect(rows[2]).toMatch(/读到的数据.*第十五条.*30 天/s);
  });

  test('does not say deleted where nothing was ever read', async () => {
    const none = { why: null, until: null, days: null, from: null } as const;
    stopped({ state: 'stopped', stoppedAtMs: 1, treated: [{ ...none, what: 'data', done: 'none_there' }] });
    const outcome = await screen.findByTestId('consent-withdrawn');
    expect(outcome.textContent).toContain('没有可删的');
    expect(outcome.textContent).not.toContain('已删除');
  });
});

describe('my consents', () => {
  test('withdraws with one press and reads out what that means', async () => {
    const withdrawConsent = vi.fn(() => ok(withdrawn));
    const { host } = fakeHost({ consents: () => ok(given), withdrawConsent });
    render(Consents, { props: { host, onBack: vi.fn() } });
    await fireEvent.click(await screen.findByTestId('consent-withdraw'));
    expect(withdrawConsent).toHaveBeenCalledWith({ recordId: 'r1' });
    const outcome = await screen.findByTestId('consent-withdrawn');
    expect(outcome.textContent).toContain('银行会停用');
    await waitFor(() => {
      expect(document.activeElement).toBe(outcome);
    });
  });

  test('keeps the button when the withdrawal could not be saved', async () => {
    const { host } = fakeHost({ consents: () => ok(given), withdrawConsent: () => refuse('disk_full') });
    render(Consents, { props: { host, onBack: vi.fn() } });
    await fireEvent.click(await screen.findByTestId('consent-withdraw'));
    expect(await screen.findByTestId('problem')).toBeTruthy();
    expect(screen.getByTestId('consent-withdraw')).toBeTruthy();
  });

  test('offers no withdrawal of what was refused', async () => {
    const { host } = fakeHost({ consents: () => ok({ records: [record({ decision: 'refused' })] }) });
    render(Consents, { props: { host, onBack: vi.fn() } });
    await screen.findByTestId('consent-record');
    expect(screen.queryByTestId('consent-withdraw')).toBeNull();
  });
});
