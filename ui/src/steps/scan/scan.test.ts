import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import type { HomeView } from '../../bindings/ipc';
import { fakeHost, inPieces, later, ok, refuse } from '../../testing/fake-host';
import { BRANCH, codes, draft, home, text } from '../../testing/views';
import Scan from './Scan.svelte';

function show(view: HomeView, answers: Parameters<typeof fakeHost>[0] = {}) {
  const told = { onDraft: vi.fn(), onDiscarded: vi.fn(), onResume: vi.fn(), onPlace: vi.fn() };
  render(Scan, { props: { host: fakeHost(answers).host, home: view, ...told } });
  return told;
}

const picture = (): File => new File([new Uint8Array([1, 2, 3])], 'code.png', { type: 'image/png' });

const withDraft = home({
  drafts: [{ draftId: 'd1', branch: BRANCH.name, product: text('小店周转贷'), savedAtMs: 0 }],
});

describe('the first page', () => {
  test('has a chosen picture read, hands down what was read, and goes on with the draft', async () => {
    const readPicture = vi.fn(() => ok(codes('a', 'b')));
    const openCodes = vi.fn(() => ok(draft()));
    const told = show(home(), { readPicture, openCodes });
    const file = picture();
    await fireEvent.change(screen.getByTestId('scan-file'), { target: { files: [file] } });
    await waitFor(() => {
      expect(told.onDraft).toHaveBeenCalledWith(draft());
    });
    expect(readPicture).toHaveBeenCalledWith(file);
    expect(openCodes).toHaveBeenCalledWith({ texts: ['a', 'b'] });
  });

  test('asks Rust for the words also when nothing was read', async () => {
    const openCodes = vi.fn(() => refuse('code_not_found'));
    show(home(), { readPicture: () => ok(codes()), openCodes });
    await fireEvent.change(screen.getByTestId('scan-file'), { target: { files: [picture()] } });
    expect((await screen.findByRole('alert')).textContent).toContain('没找到码');
    expect(openCodes).toHaveBeenCalledWith({ texts: [] });
  });

  test('says beside the picture what is wrong and what to do', async () => {
    show(home(), { readPicture: () => ok(codes('x')), openCodes: () => refuse('code_is_payment') });
    await fireEvent.change(screen.getByTestId('scan-file'), { target: { files: [picture()] } });
    const problem = await screen.findByRole('alert');
    expect(problem.textContent).toContain('这是收款码');
    expect(problem.textContent).toContain('请扫银行贴在墙上');
  });

  test('calls one of several codes no fault, and says how many were read', async () => {
    show(home(), { readPicture: () => ok(codes('x')), openCodes: () => inPieces(2, 5) });
    await fireEvent.change(screen.getByTestId('scan-file'), { target: { files: [picture()] } });
    expect((await screen.findByTestId('problem')).textContent).toContain('已读 2 / 5');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('shows that it is reading', async () => {
    const answer = later<Awaited<ReturnType<typeof refuse>>>();
    show(home(), { readPicture: () => answer.promise });
    await fireEvent.change(screen.getByTestId('scan-file'), { target: { files: [picture()] } });
    await waitFor(() => {
      expect(screen.getAllByText('正在认码').length).toBeGreaterThan(0);
    });
    answer.give(await refuse('code_not_found'));
    await screen.findByRole('alert');
  });

  test('takes a pasted picture anywhere on the page', async () => {
    const readPicture = vi.fn(() => ok(codes('a')));
    show(home(), { readPicture, openCodes: () => ok(draft()) });
    const paste = new Event('paste', { bubbles: true });
    Object.assign(paste, { clipboardData: { files: [picture()], getData: () => '' } });
    window.dispatchEvent(paste);
    await waitFor(() => {
      expect(readPicture).toHaveBeenCalledTimes(1);
    });
  });

  test('takes pasted words as the text of a code', async () => {
    const openCodes = vi.fn(() => refuse('code_is_link'));
    show(home(), { openCodes });
    const paste = new Event('paste', { bubbles: true });
    Object.assign(paste, { clipboardData: { files: [], getData: () => ' https://example.com ' } });
    window.dispatchEvent(paste);
    await screen.findByRole('alert');
    expect(openCodes).toHaveBeenCalledWith({ texts: ['https://example.com'] });
  });

  test('takes a typed branch number as typed', async () => {
    const enterBranch = vi.fn(() => refuse('branch_number_check'));
    show(home(), { enterBranch });
    await fireEvent.input(screen.getByTestId('branch-number'), { target: { value: 'lq0731' } });
    await fireEvent.click(screen.getByTestId('branch-number-go'));
    expect(enterBranch).toHaveBeenCalledWith({ number: 'lq0731' });
    expect((await screen.findByRole('alert')).textContent).toContain('网点号有一个字对不上');
    expect(screen.getByTestId<HTMLInputElement>('branch-number').value).toBe('lq0731');
  });

  test('deletes a draft only after asking', async () => {
    const discardDraft = vi.fn(() => ok(home()));
    const told = show(withDraft, { discardDraft });
    await fireEvent.click(await screen.findByTestId('discard'));
    expect(discardDraft).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByTestId('discard-yes'));
    await waitFor(() => {
      expect(told.onDiscarded).toHaveBeenCalledWith('d1', home());
    });
  });

  test('resumes a draft', async () => {
    const told = show(withDraft);
    await fireEvent.click(await screen.findByTestId('resume'));
    expect(told.onResume).toHaveBeenCalledWith('d1');
  });

  test.each([
    ['key-memory', home({ key: { rung: 'memory', state: 'open' } })],
    ['key-lost', home({ key: { rung: 'os_store', state: 'lost' } })],
    ['drafts-unreadable', home({ unreadableDrafts: 2 })],
    ['catalogue-missing', home({ cataloguePresent: false })],
    ['unchecked', home({ uncheckedDays: 15 })],
    ['upstream-due', home({ upstreamDue: 1 })],
    ['offline', home({ connection: 'offline' })],
    ['portal', home({ connection: 'portal' })],
    ['clock', home({ connection: 'clock' })],
  ])('says in words: %s', (testid, view) => {
    show(view);
    expect(screen.getByTestId(testid).textContent.trim().length).toBeGreaterThan(10);
  });
});
