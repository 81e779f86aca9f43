import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CopyRequest, CopyView, ExportView } from '../../bindings/ipc';
import { fault } from '../../host/host';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import SaveCopy from './SaveCopy.svelte';
import { saveCopy } from './draw';

const COPY: CopyRequest = { of: 'record', id: 'r1' };
const VIEW: CopyView = {
  locale: 'zh-Hans',
  blocks: [
    { style: 'title', label: null, text: '授权书副本', modules: [] },
    { style: 'code', label: '扫这个码', text: 'https://bank.example/n/tax/1#r=00', modules: ['##', '#.'] },
  ],
};
const FILE: ExportView = { fileName: '授权书-9f2c.pdf', path: '/data/exports/授权书-9f2c.pdf', sizeBytes: 9 };

/** What a web view does with a canvas, as far as is needed here; the real one is in the browser tests. */
const brush = {
  measureText: (text: string) => ({ width: text.length * 10 }),
  fillRect: vi.fn(),
  fillText: vi.fn(),
  scale: vi.fn(),
  setTransform: vi.fn(),
};

beforeEach(() => {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(function (this: HTMLCanvasElement) {
    return { ...brush, canvas: this } as unknown as RenderingContext;
  } as never);
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((give, type = '') => {
    give(new Blob(['drawn'], { type }));
  });
});

describe('a copy', () => {
  test.each([
    ['picture', 1080],
    ['pages', 1588],
  ] as const)('as %s is drawn and handed down with its lines', async (file, width) => {
    const keep = vi.fn(() => ok(FILE));
    const { host } = fakeHost({ consentCopy: () => ok(VIEW), saveCopy: keep });
    expect(await saveCopy(host, COPY, file)).toEqual({ ok: true, value: FILE });
    expect(keep).toHaveBeenCalledExactlyOnceWith({
      copy: COPY,
      file,
      sheets: [expect.objectContaining({ image: btoa('drawn'), width })],
    });
    const [{ sheets }] = keep.mock.calls[0] as unknown as [{ sheets: { lines: { text: string }[] }[] }];
    expect(sheets[0]?.lines.map(({ text }) => text)).toEqual(['授权书副本', '扫这个码']);
  });

  test('that the web view cannot draw is a fault, and nothing is handed down', async () => {
    vi.mocked(HTMLCanvasElement.prototype.toBlob).mockImplementation((give) => {
      give(null);
    });
    const { host } = fakeHost({ consentCopy: () => ok(VIEW) });
    expect(await saveCopy(host, COPY, 'picture')).toMatchObject({ ok: false, problem: { code: 'internal' } });
  });

  test('that another kind of picture was made of is a fault', async () => {
    vi.mocked(HTMLCanvasElement.prototype.toBlob).mockImplementation((give) => {
      give(new Blob(['drawn'], { type: 'image/png' }));
    });
    const { host } = fakeHost({ consentCopy: () => ok(VIEW) });
    expect(await saveCopy(host, COPY, 'pages')).toMatchObject({ ok: false, problem: { code: 'internal' } });
  });
});

describe('save a copy', () => {
  async function choose(): Promise<void> {
    await fireEvent.click(screen.getByTestId('copy-save'));
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByTestId('copy-picture'));
    });
  }

  test('asks which kind, says where the file lies, and gives the focus back', async () => {
    const keep = vi.fn(() => ok(FILE));
    const { host } = fakeHost({ consentCopy: () => ok(VIEW), saveCopy: keep });
    render(SaveCopy, { props: { host, copy: COPY } });
    await choose();
    expect(keep).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByTestId('copy-pages'));
    const saved = await screen.findByTestId('copy-saved');
    expect(saved.textContent).toContain(FILE.path);
    expect(saved.closest('[role=status]')).not.toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId('copy-save'));
  });

  test('says what was in the way, and can be tried again', async () => {
    const keep = vi.fn(() => refuse('disk_full'));
    const { host } = fakeHost({ consentCopy: () => ok(VIEW), saveCopy: keep });
    render(SaveCopy, { props: { host, copy: COPY } });
    await choose();
    await fireEvent.click(screen.getByTestId('copy-picture'));
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('disk_full');
    expect(screen.queryByTestId('copy-saved')).toBeNull();
    await fireEvent.click(screen.getByTestId('copy-picture'));
    await waitFor(() => {
      expect(keep).toHaveBeenCalledTimes(2);
    });
  });

  test('is left with Escape', async () => {
    const { host } = fakeHost({});
    render(SaveCopy, { props: { host, copy: COPY } });
    await choose();
    await fireEvent.keyDown(screen.getByTestId('copy-picture'), { key: 'Escape' });
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByTestId('copy-save'));
    });
  });

  test('names the consent where several stand on one page', () => {
    render(SaveCopy, { props: { host: fakeHost({}).host, copy: COPY, whose: '税务' } });
    expect(screen.getByRole('button', { name: '保存授权书：税务' })).toBeTruthy();
  });

  test('a refused copy is the answer, not a throw', async () => {
    const { host } = fakeHost({ consentCopy: () => refuse('copy_unproved') });
    const answer = await saveCopy(host, COPY, 'pages');
    expect(answer).toMatchObject({ ok: false, problem: { ...fault('copy_unproved'), code: 'copy_unproved' } });
  });
});
