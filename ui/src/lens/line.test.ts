import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LensError } from './lens-error';
import type { LensWorker } from './line';
import { lineTo } from './line';
import type { Ask, Told } from './messages';

/** A worker that answers as it is told to; `undefined` is no answer. */
type Script = (ask: Ask) => Told | undefined;

class ScriptedWorker implements LensWorker {
  onmessage: LensWorker['onmessage'] = null;
  onmessageerror: LensWorker['onmessageerror'] = null;
  onerror: LensWorker['onerror'] = null;
  readonly asked: Ask[] = [];
  readonly moved: Transferable[][] = [];
  ended = false;

  constructor(private readonly script: Script) {}

  postMessage(ask: Ask, moved: unknown): void {
    this.asked.push(ask);
    this.moved.push(moved as Transferable[]);
    const told = this.script(ask);
    const worker = this as unknown as Worker;
    if (told !== undefined) queueMicrotask(() => this.onmessage?.call(worker, { data: told } as MessageEvent));
  }

  terminate(): void {
    this.ended = true;
  }

  break(message?: string): void {
    this.onerror?.call(this as unknown as Worker, { message } as ErrorEvent);
  }
}

const nothing: Told = { kind: 'read', view: { codes: [], hint: 'blurred' } };
const willing: Script = (ask) => (ask.kind === 'start' ? { kind: 'ready' } : nothing);
const live = { kind: 'live', turn: 0 } as const;
const frame = (): { width: number; height: number; luma: Uint8Array } => ({ width: 2, height: 2, luma: new Uint8Array(4) });

/** A line whose workers follow the scripts in turn, the last of them again and again. */
function lineOf(...scripts: Script[]): { line: ReturnType<typeof lineTo>; hired: ScriptedWorker[] } {
  const hired: ScriptedWorker[] = [];
  const hire = (): ScriptedWorker => {
    const worker = new ScriptedWorker(scripts[Math.min(hired.length, scripts.length - 1)] ?? willing);
    hired.push(worker);
    return worker;
  };
  return { line: lineTo(hire, 'https://app.example/lens.wasm'), hired };
}

async function failure(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.catch((thrown: unknown) => thrown);
  if (!(error instanceof LensError)) throw new Error(`not a LensError: ${String(error)}`);
  return `${error.failure}: ${error.message}`;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a line', () => {
  test('hires one worker, when the first frame comes', async () => {
    const { line, hired } = lineOf(willing);
    expect(hired).toHaveLength(0);
    expect(await line.read(frame(), live, 1000)).toEqual({ codes: [], hint: 'blurred' });
    await line.read(frame(), live, 1000);
    expect(hired).toHaveLength(1);
    expect(hired[0]?.asked.map(({ kind }) => kind)).toEqual(['start', 'read', 'read']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('moves a whole buffer and copies a part of one', async () => {
    const { line, hired } = lineOf(willing);
    const whole = new Uint8Array(4);
    const part = new Uint8Array(8).subarray(2, 6);
    await line.read({ width: 2, height: 2, luma: whole }, live, 1000);
    await line.read({ width: 2, height: 2, luma: part }, live, 1000);
    expect(hired[0]?.moved[1]).toEqual([whole.buffer]);
    expect(hired[0]?.moved[1]?.[0]).toBe(whole.buffer);
    expect(hired[0]?.moved[2]?.[0]).not.toBe(part.buffer);
    expect((hired[0]?.moved[2]?.[0] as ArrayBuffer).byteLength).toBe(4);
  });

  test('asks for one thing at a time', async () => {
    const { line, hired } = lineOf((ask) => (ask.kind === 'start' ? { kind: 'ready' } : undefined));
    const first = failure(line.read(frame(), live, 1000));
    const second = failure(line.read(frame(), live, 1000));
    await vi.advanceTimersByTimeAsync(999);
    expect(hired.map(({ asked }) => asked.length)).toEqual([2]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await first).toBe('gave_up: no answer within 1000 ms');
    expect(await second).toBe('gave_up: no answer within 1000 ms');
  });

  test('ends a worker that hangs; the next frame is read by another', async () => {
    const { line, hired } = lineOf((ask) => (ask.kind === 'start' ? { kind: 'ready' } : undefined), willing);
    const hung = failure(line.read(frame(), live, 1000));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await hung).toBe('gave_up: no answer within 1000 ms');
    expect(hired[0]?.ended).toBe(true);
    expect(await line.read(frame(), live, 1000)).toMatchObject({ codes: [] });
    expect(hired).toHaveLength(2);
  });

  test('keeps a worker that lost one frame', async () => {
    let reads = 0;
    const { line, hired } = lineOf((ask) => {
      if (ask.kind === 'start') return { kind: 'ready' };
      return (reads += 1) === 1 ? { kind: 'lost', reason: 'RuntimeError: unreachable' } : nothing;
    });
    expect(await failure(line.read(frame(), live, 1000))).toBe('gave_up: RuntimeError: unreachable');
    expect(await line.read(frame(), live, 1000)).toMatchObject({ codes: [] });
    expect(hired).toHaveLength(1);
  });

  test('replaces a worker that broke', async () => {
    const { line, hired } = lineOf((ask) => (ask.kind === 'start' ? { kind: 'ready' } : undefined), willing);
    const broken = failure(line.read(frame(), live, 1000));
    await vi.advanceTimersByTimeAsync(1);
    hired[0]?.break('out of memory');
    expect(await broken).toBe('gave_up: out of memory');
    expect(await line.read(frame(), live, 1000)).toMatchObject({ codes: [] });
  });

  test('tells a refusal', async () => {
    const { line } = lineOf((ask) => (ask.kind === 'start' ? { kind: 'ready' } : { kind: 'refused', reason: 'a strip' }));
    expect(await failure(line.read(frame(), live, 1000))).toBe('refused: a strip');
  });

  test('says so where the policy or the web view refuses, and tries again for the next frame', async () => {
    const { line, hired } = lineOf(() => ({ kind: 'unavailable', reason: 'CompileError: blocked' }), willing);
    const told = await failure(line.read(frame(), live, 1000));
    expect(told).toBe("unavailable: the page's lens did not start: CompileError: blocked");
    expect(hired[0]?.ended).toBe(true);
    expect(await line.read(frame(), live, 1000)).toMatchObject({ codes: [] });
  });

  test('says so where the worker itself cannot be loaded', async () => {
    const { line, hired } = lineOf(() => undefined);
    const told = failure(line.read(frame(), live, 1000));
    await vi.advanceTimersByTimeAsync(1);
    hired[0]?.break();
    expect(await told).toMatch(/^unavailable: .*the worker failed$/);
  });

  test('says so where no worker can be made', async () => {
    const line = lineTo(() => {
      throw new DOMException('refused', 'SecurityError');
    }, 'https://app.example/lens.wasm');
    expect(await failure(line.read(frame(), live, 1000))).toMatch(/^unavailable: /);
  });
});
