import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { DecideConsentRequest, DraftView } from '../../bindings/ipc';
import type { Host } from '../../host/host';
import { fakeHost, ok, refuse } from '../../testing/fake-host';
import { consent, draft } from '../../testing/views';
import Consent from './Consent.svelte';
import { SETTLE_MS } from './guard';

let now = 0;

function show(view: DraftView, decideConsent?: Host['decideConsent']) {
  const decide = vi.fn(decideConsent ?? (() => ok(view)));
  const told = { onDraft: vi.fn(), onStale: vi.fn(), onOnward: vi.fn(), onConsents: vi.fn(), onBack: vi.fn() };
  const { host } = fakeHost({ decideConsent: decide });
  render(Consent, { props: { host, draft: view, at: 0, largeType: false, ...told } });
  return { decide, told };
}

async function wait(ms: number): Promise<void> {
  await new Promise((resolve) => requestAnimationFrame(resolve));
  now += ms;
}

beforeEach(() => {
  now = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});

describe('a consent page', () => {
  test('has two buttons that differ in their words only', () => {
    show(draft());
    const [agree, refusal] = [screen.getByTestId('consent-agree'), screen.getByTestId('consent-refuse')];
    expect(agree.className).toBe(refusal.className);
    expect(agree.getAttribute('style')).toBe(refusal.getAttribute('style'));
    expect(agree.tagName).toBe(refusal.tagName);
  });

  test('has nothing chosen when it is drawn', () => {
    show(draft());
    expect(document.querySelector('[aria-pressed], [aria-checked], :checked, [autofocus]')).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId('consent-question'));
  });

  test('says what harm it may do before it asks, as the law wants of a credit query', () => {
    const harm = { zhHans: '查询会留下记录，查得多会影响以后贷款。', en: 'A query leaves a record.' };
    show(draft({ consents: [consent('tax', { kind: 'credit_query', adverseEffect: harm })] }));
    const warning = screen.getByTestId('consent-adverse');
    expect(warning.textContent).toContain(harm.zhHans);
    const order = warning.compareDocumentPosition(screen.getByTestId('consent-question'));
    expect(order & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  });

  test('says who asks, when the application is on another device', () => {
    const officer = { name: '王敏', staffNumber: '0731' };
    show(draft({ askedBy: { officer, enterpriseCodeMasked: '9199****01B' } }));
    expect(screen.getByTestId('asked-by').textContent).toBe('客户经理王敏（工号 0731）请您来定。店铺代码 9199****01B');
  });

  test('ignores a press before it could be read', async () => {
    const { decide } = show(draft());
    await wait(SETTLE_MS - 1);
    await fireEvent.click(screen.getByTestId('consent-agree'), { detail: 1 });
    expect(decide).not.toHaveBeenCalled();
  });

  test('ignores the second press of a double tap', async () => {
    const { decide } = show(draft());
    await wait(SETTLE_MS);
    await fireEvent.click(screen.getByTestId('consent-agree'), { detail: 2 });
    expect(decide).not.toHaveBeenCalled();
  });

  test('takes one press, with what the record needs', async () => {
    const { decide, told } = show(draft());
    await wait(4_321);
    await fireEvent.click(screen.getByTestId('consent-agree'), { detail: 1 });
    await fireEvent.click(screen.getByTestId('consent-agree'), { detail: 1 });
    expect(decide).toHaveBeenCalledTimes(1);
    expect(decide.mock.calls[0]?.[0]).toMatchObject({
      draftId: 'd1',
      noticeId: 'tax',
      version: 3,
      locale: 'zh-Hans',
      answer: 'give',
      dwellMs: 4_321,
      pressedWith: 'pointer',
      scrolledToEnd: true,
      fullTextOpened: false,
      adapted: [],
    } satisfies Partial<DecideConsentRequest>);
    await waitFor(() => {
      expect(told.onDraft).toHaveBeenCalledTimes(1);
    });
  });

  test('knows a key from a finger', async () => {
    const { decide } = show(draft());
    await wait(SETTLE_MS);
    await fireEvent.click(screen.getByTestId('consent-refuse'), { detail: 0 });
    expect(decide.mock.calls[0]?.[0]).toMatchObject({ answer: 'refuse', pressedWith: 'keyboard' });
  });

  test('goes on after a refusal and does not ask again', async () => {
    const next = draft({ consentAt: 1, consents: [consent('tax', { decision: 'refused' }), consent('transactions')] });
    const { told } = show(draft(), () => ok(next));
    await wait(SETTLE_MS);
    await fireEvent.click(screen.getByTestId('consent-refuse'), { detail: 1 });
    await waitFor(() => {
      expect(told.onDraft).toHaveBeenCalledWith(next);
    });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  test('shows a decision and offers no second one', () => {
    show(draft({ step: 'form', consents: [consent('tax', { decision: 'given' })] }));
    expect(screen.getByTestId('consent-decision').textContent).toContain('您已经同意');
    expect(screen.queryByTestId('consent-agree')).toBeNull();
    expect(screen.queryByTestId('consent-refuse')).toBeNull();
    expect(screen.getByTestId('consent-continue')).toBeTruthy();
  });

  test('is read again when its words changed under the finger', async () => {
    const { told } = show(draft(), () => refuse('notice_changed'));
    await wait(SETTLE_MS);
    await fireEvent.click(screen.getByTestId('consent-agree'), { detail: 1 });
    await waitFor(() => {
      expect(told.onStale).toHaveBeenCalled();
    });
    expect(told.onDraft).not.toHaveBeenCalled();
  });
});
