import { expect, test, vi } from 'vitest';
import { codes } from '../testing/views';
import { lensInPage } from './lens';

const lens = vi.hoisted(() => ({ readPicture: vi.fn(), readFrame: vi.fn() }));
vi.mock('../lens/page-lens', () => lens);

const picture = new Blob();
const call = vi.fn();

test('the page reads pictures and frames itself', async () => {
  const frame = { width: 1, height: 1, turn: 0, luma: new Uint8Array(1) };
  lens.readPicture.mockResolvedValue(codes('a'));
  lens.readFrame.mockResolvedValue(codes('b'));
  expect(await lensInPage(call).readPicture(picture)).toEqual({ ok: true, value: codes('a') });
  expect(await lensInPage(call).readFrame(frame)).toEqual({ ok: true, value: codes('b') });
});

test.each([
  ['cannot run here', Object.assign(new Error(), { failure: 'unavailable' })],
  ['could not be fetched', new TypeError('failed to fetch')],
])('a picture goes down where a lens %s, and a frame does not', async (_, error) => {
  const frame = { width: 1, height: 1, turn: 0, luma: new Uint8Array(1) };
  lens.readPicture.mockRejectedValue(error);
  lens.readFrame.mockRejectedValue(error);
  call.mockReset().mockResolvedValue({ ok: true, value: codes('c') });
  const sent = { arrayBuffer: () => Promise.resolve(new ArrayBuffer(2)) } as Blob;
  expect(await lensInPage(call).readPicture(sent)).toEqual({ ok: true, value: codes('c') });
  expect(call).toHaveBeenCalledExactlyOnceWith('read_picture', new Uint8Array(2));
  expect(await lensInPage(call).readFrame(frame)).toMatchObject({ ok: false, problem: { code: 'internal' } });
});

test.each([
  ['can make nothing of a picture', Object.assign(new Error(), { failure: 'refused' }), 'picture_unreadable'],
  ['hung on a picture', Object.assign(new Error(), { failure: 'gave_up' }), 'picture_unreadable'],
])('a lens that %s gives a problem', async (_, error, code) => {
  lens.readPicture.mockRejectedValue(error);
  expect(await lensInPage(call).readPicture(picture)).toMatchObject({ ok: false, problem: { code } });
});
