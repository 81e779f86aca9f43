import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import type { StopView } from '../../bindings/ipc';
import { record } from '../../testing/views';
import Consents from './Consents.svelte';

const given = { records: [record()], asked: null };
const withdrawn = { records: [record({ decision: 'withdrawn', withdrawnAtMs: 1 })], asked: null };

function stopped(stop: Partial<StopView>) {
  const view: StopView = { state: 'queued', isLate: false, stoppedAtMs: null, treated: [], ...stop };
  const { host } = fakeHost({
    consents: () => ok({ records: [record({ decision: 'withdrawn', withdrawnAtMs: 1, stop: view })], asked: null }),
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

  test('go to the record that a code led to', async () => {
    const records = [record(), record({ recordId: 'r2', kind: 'transactions' })];
    const { host } = fakeHost({ consents: () => ok({ records, asked: 'r2' }) });
    render(Consents, { props: { host, onBack: vi.fn() } });
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getAllByTestId('consent-record')[1]);
    });
  });

  test('offers no withdrawal of what was refused', async () => {
    const { host } = fakeHost({ consents: () => ok({ records: [record({ decision: 'refused' })], asked: null }) });
    render(Consents, { props: { host, onBack: vi.fn() } });
    await screen.findByTestId('consent-record');
    expect(screen.queryByTestId('consent-withdraw')).toBeNull();
  });

  const guide = {
    name: { zhHans: '电子税务局', en: 'the e-tax platform' },
    steps: [{ zhHans: '登录', en: 'Sign in' }],
    address: 'https://etax.example/',
    saidAtMs: null,
    untilMs: 1,
  };

  test('says what is left to do at the source, and takes the word of the person for it', async () => {
    const said = { records: [record({ upstream: { ...guide, saidAtMs: 1 } })], asked: null };
    const due = { records: [record({ upstream: guide })], asked: null };
    const sayUpstream = vi.fn(({ done }: { done: boolean }) => ok(done ? said : due));
    const { host } = fakeHost({ consents: () => ok(due), sayUpstream });
    render(Consents, { props: { host, onBack: vi.fn() } });
    const card = await screen.findByTestId('upstream');
    expect(card.textContent).toContain('还差一步：到电子税务局授权');
    expect(card.textContent).toContain('https://etax.example/');
    await fireEvent.click(screen.getByTestId('upstream-done'));
    expect(sayUpstream).toHaveBeenCalledWith({ recordId: 'r1', done: true });
    await fireEvent.click(await screen.findByTestId('upstream-undo'));
    expect(sayUpstream).toHaveBeenLastCalledWith({ recordId: 'r1', done: false });
    expect(await screen.findByTestId('upstream-done')).toBeTruthy();
  });

  test('keeps the guide when the word of the person could not be saved', async () => {
    const due = { records: [record({ upstream: guide })], asked: null };
    const { host } = fakeHost({ consents: () => ok(due), sayUpstream: () => refuse('disk_full') });
    render(Consents, { props: { host, onBack: vi.fn() } });
    await fireEvent.click(await screen.findByTestId('upstream-done'));
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('disk_full');
    expect(screen.getByTestId('upstream-done')).toBeTruthy();
  });
});
