import { expect, test, vi } from 'vitest';
import { codes } from '../testing/views';
import { eyesInPage } from './eyes';

const lens = vi.hoisted(() => ({ readPicture: vi.fn(), readFrame: vi.fn() }));
vi.mock('../lens/page-lens', () => lens);

const picture = new Blob();

test('the page reads pictures and frames itself', async () => {
  const frame = { width: 1, height: 1, turn: 0, luma: new Uint8Array(1) };
  lens.readPicture.mockResolvedValue(codes('a'));
  lens.readFrame.mockResolvedValue(codes('b'));
  expect(await eyesInPage().readPicture(picture)).toEqual({ ok: true, value: codes('a') });
  expect(await eyesInPage().readFrame(frame)).toEqual({ ok: true, value: codes('b') });
});

test.each([
  ['cannot run here', Object.assign(new Error(), { failure: 'unavailable' }), 'internal'],
  ['could not be fetched', new TypeError('failed to fetch'), 'internal'],
  ['can make nothing of a picture', Object.assign(new Error(), { failure: 'refused' }), 'picture_unreadable'],
  ['hung on a picture', Object.assign(new Error(), { failure: 'gave_up' }), 'picture_unreadable'],
])('a lens that %s gives a problem', async (_, error, code) => {
  lens.readPicture.mockRejectedValue(error);
  expect(await eyesInPage().readPicture(picture)).toMatchObject({ ok: false, problem: { code } });
});
