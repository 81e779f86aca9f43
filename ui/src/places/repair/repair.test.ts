import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import type { RepairView } from '../../bindings/ipc';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import Repair from './Repair.svelte';

const report: RepairView = {
  recovered: 12,
  damaged: ['L-7F3K'],
  unreadable: 1,
  parts: 3,
  partsUnreadable: 2,
  oldFile: '/data/outbox.db.damaged-2026-11-22T02-00-00Z',
};

function show(repair: Parameters<typeof fakeHost>[0]['repair']) {
  const { host } = fakeHost(repair ? { repair } : {});
  const onDone = vi.fn();
  render(Repair, { props: { host, onDone } });
  return onDone;
}

test('what will happen is said before the press, and nothing happens before it', () => {
  const repair = vi.fn(() => ok(report));
  show(repair);
  expect(screen.getByTestId('repair').textContent).toContain('什么都没删');
  expect(screen.getAllByRole('listitem')).toHaveLength(4);
  expect(repair).not.toHaveBeenCalled();
});

test('the report says what is back, what needs a person, and where the old file lies', async () => {
  const onDone = show(() => ok(report));
  await fireEvent.click(screen.getByTestId('repair-start'));
  const text = (await screen.findByTestId('repair-report')).textContent;
  for (const said of ['12', 'L-7F3K', '至少有 1 份', '3 张', '2 张']) expect(text).toContain(said);
  expect(screen.getByTestId('repair').textContent).toContain(report.oldFile);
  await fireEvent.click(screen.getByTestId('repair-done'));
  expect(onDone).toHaveBeenCalledOnce();
});

test('a repair that was not done says why and can be pressed again', async () => {
  show(() => refuse('disk_full'));
  await fireEvent.click(screen.getByTestId('repair-start'));
  expect((await screen.findByTestId('problem')).dataset['code']).toBe('disk_full');
  expect(screen.getByTestId('repair-start')).toBeTruthy();
});
