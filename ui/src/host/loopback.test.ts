import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { codes, draft } from '../testing/views';
import { loopbackHost } from './loopback';

const fetched = vi.fn<typeof fetch>();

function answer(body: unknown, status = 200): Promise<Response> {
  return Promise.resolve(new Response(JSON.stringify(body), { status }));
}

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal('fetch', fetched);
  sessionStorage.clear();
  location.hash = '#token=secret';
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the loopback host', () => {
  test('takes the token out of the address bar and keeps it for this tab', () => {
    loopbackHost();
    expect(location.hash).toBe('');
    expect(sessionStorage.getItem('sanbu-token')).toBe('secret');
  });

  test('posts the request itself as JSON', async () => {
    fetched.mockReturnValue(answer(draft()));
    const result = await loopbackHost().setField({ draftId: 'd1', field: 'amount', value: '10' });
    expect(result).toEqual({ ok: true, value: draft() });
    const [path, init] = fetched.mock.calls[0] ?? [];
    expect(path).toBe('/ipc/set_field');
    expect(init?.headers).toMatchObject({ 'x-sanbu-token': 'secret', 'content-type': 'application/json' });
    expect(init?.body).toBe('{"draftId":"d1","field":"amount","value":"10"}');
  });

  test('posts a picture as bytes', async () => {
    fetched.mockReturnValue(answer(codes()));
    expect(await loopbackHost().readPicture(new Blob([new Uint8Array([1, 2])]))).toEqual({ ok: true, value: codes() });
    const [path, init] = fetched.mock.calls[0] ?? [];
    expect(path).toBe('/ipc/read_picture');
    expect(init?.headers).toMatchObject({ 'content-type': 'application/octet-stream' });
    expect(init?.body).toEqual(new Uint8Array([1, 2]));
  });

  test('posts a frame as bytes, its header in front', async () => {
    fetched.mockReturnValue(answer(codes()));
    await loopbackHost().readFrame({ width: 2, height: 1, turn: 3, luma: new Uint8Array([8, 9]) });
    expect(fetched.mock.calls[0]?.[0]).toBe('/ipc/read_frame');
    expect(fetched.mock.calls[0]?.[1]?.body).toEqual(new Uint8Array([2, 0, 1, 0, 3, 0, 0, 0, 8, 9]));
  });

  test('asks for what needs no request without one', async () => {
    fetched.mockReturnValue(answer(draft()));
    await loopbackHost().openLink();
    expect(fetched.mock.calls[0]?.[0]).toBe('/ipc/open_link');
    expect(fetched.mock.calls[0]?.[1]?.body).toBeNull();
  });

  test('hands on a problem', async () => {
    const problem = { code: 'form_rules', message: '', retryAfterS: null, violations: [], progress: null };
    fetched.mockReturnValue(answer(problem, 422));
    expect(await loopbackHost().submit({ draftId: 'd1' })).toEqual({ ok: false, problem });
  });

  test('makes a problem of a dead network', async () => {
    fetched.mockRejectedValue(new TypeError('failed to fetch'));
    expect(await loopbackHost().home()).toMatchObject({ ok: false, problem: { code: 'internal' } });
  });

  test('tells a listener that joins an open stream at once, so that no event is missed', () => {
    fetched.mockReturnValue(new Promise(() => undefined));
    const host = loopbackHost();
    const [first, second] = [vi.fn(), vi.fn()];
    const stopFirst = host.onChanged(first);
    const stopSecond = host.onChanged(second);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
    expect(fetched).toHaveBeenCalledOnce();
    stopFirst();
    stopSecond();
  });

  test('tells every listener of each event', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([10]));
      },
    });
    fetched.mockReturnValue(Promise.resolve(new Response(stream)));
    const heard = vi.fn();
    const stop = loopbackHost().onChanged(heard);
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalled();
    });
    expect(fetched.mock.calls[0]?.[0]).toBe('/changed');
    stop();
  });
});
