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
});
