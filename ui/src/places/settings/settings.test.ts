import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { home, text } from '../../testing/views';
import Settings from './Settings.svelte';
import Unlock from './Unlock.svelte';

describe('settings', () => {
  test('set a passphrase and forget it at once on the screen', async () => {
    const kept = home({ key: { rung: 'passphrase', state: 'open' } });
    const setPassphrase = vi.fn(() => ok(kept));
    const onHome = vi.fn();
    render(Settings, {
      props: {
        host: fakeHost({ setPassphrase }).host,
        home: home({ key: { rung: 'memory', state: 'open' } }),
        largeType: false,
        onPrefer: vi.fn(),
        onHome,
        onBack: vi.fn(),
      },
    });
    const box = screen.getByTestId<HTMLInputElement>('passphrase');
    await fireEvent.input(box, { target: { value: 'four quiet words' } });
    await fireEvent.click(screen.getByTestId('passphrase-save'));
    await waitFor(() => {
      expect(onHome).toHaveBeenCalledWith(kept);
    });
    expect(setPassphrase).toHaveBeenCalledWith({ passphrase: 'four quiet words' });
    expect(box.value).toBe('');
  });

  test('have no passphrase where the system keeps the key', () => {
    const { host } = fakeHost({});
    render(Settings, {
      props: { host, home: home(), largeType: true, onPrefer: vi.fn(), onHome: vi.fn(), onBack: vi.fn() },
    });
    expect(screen.queryByTestId('passphrase')).toBeNull();
  });
});

describe('whose device this is', () => {
  const props = { largeType: false, onPrefer: vi.fn(), onBack: vi.fn() };

  test('is an owner’s until an officer gives a staff number that the bank knows', async () => {
    const officers = home({ officer: { name: '王敏', staffNumber: '0731' }, officerBranch: text('路桥支行') });
    let times = 0;
    const setOfficer = vi.fn(() => (times++ === 0 ? refuse('officer_unknown') : ok(officers)));
    const onHome = vi.fn();
    const shown = render(Settings, { props: { ...props, host: fakeHost({ setOfficer }).host, home: home(), onHome } });
    expect(screen.queryByTestId('staff-number')).toBeNull();
    await fireEvent.click(screen.getByRole('radio', { name: '客户经理' }));
    await fireEvent.input(screen.getByTestId('staff-number'), { target: { value: '0731' } });
    await fireEvent.click(screen.getByTestId('officer-save'));
    expect((await screen.findByRole('alert')).textContent).toContain('没有这个工号');
    await fireEvent.click(screen.getByTestId('officer-save'));
    await waitFor(() => {
      expect(onHome).toHaveBeenCalledWith(officers);
    });
    expect(setOfficer).toHaveBeenLastCalledWith({ staffNumber: '0731' });
    await shown.rerender({ home: officers });
    expect(screen.getByTestId('officer').textContent).toMatch(/王敏\s+0731\s+路桥支行/);
  });

  test('can be an owner’s again', async () => {
    const setOfficer = vi.fn(() => ok(home()));
    const officers = home({ officer: { name: '王敏', staffNumber: '0731' } });
    render(Settings, { props: { ...props, host: fakeHost({ setOfficer }).host, home: officers, onHome: vi.fn() } });
    await fireEvent.click(screen.getByRole('radio', { name: '店主自己' }));
    expect(setOfficer).toHaveBeenCalledWith({ staffNumber: null });
  });
});

describe('a locked store', () => {
  test('says that the passphrase is wrong and keeps the box under the finger', async () => {
    const { host } = fakeHost({ unlock: () => refuse('passphrase_wrong') });
    render(Unlock, { props: { host, onHome: vi.fn() } });
    await fireEvent.input(screen.getByTestId('passphrase'), { target: { value: 'wrong' } });
    await fireEvent.click(screen.getByTestId('unlock'));
    expect((await screen.findByRole('alert')).textContent).toContain('口令不对');
    expect(document.activeElement).toBe(screen.getByTestId('passphrase'));
  });
});
