import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { home } from '../../testing/views';
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
