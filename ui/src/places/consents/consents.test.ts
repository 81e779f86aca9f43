import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { record } from '../../testing/views';
import Consents from './Consents.svelte';

const given = { records: [record()], asked: null };
const withdrawn = { records: [record({ decision: 'withdrawn', withdrawnAtMs: 1 })], asked: null };

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
