import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import type { CaseView, DraftView, SetFieldRequest } from '../../bindings/ipc';
import type { Host, Result } from '../../host/host';
import { fakeHost, later, ok, refuse } from '../../testing/fake-host';
import { caseView, cost, fields, formDraft, violation } from '../../testing/views';
import { DraftFields } from './fields.svelte';
import Form from './Form.svelte';

function show(view: DraftView, answers: Partial<Pick<Host, 'setField' | 'submit' | 'forgetShop'>> = {}) {
  const setField = vi.fn(answers.setField ?? (() => ok(view)));
  const submit = vi.fn(answers.submit ?? (() => ok(caseView())));
  const { host } = fakeHost({ ...answers, setField, submit });
  const told = { onSubmitted: vi.fn(), onConsent: vi.fn(), onBack: vi.fn() };
  const draftFields = new DraftFields(host, view);
  render(Form, { props: { host, fields: draftFields, ...told } });
  return { setField, submit, told, draftFields };
}

const box = (id: string): HTMLInputElement => screen.getByTestId(`field-${id}`);

describe('the form', () => {
  test('has nothing chosen but the usual term', () => {
    show(formDraft());
    const checked = [...document.querySelectorAll<HTMLInputElement>('input:checked')].map(({ value }) => value);
    expect(checked).toEqual(['12']);
    expect(document.querySelector('[aria-pressed="true"]')).toBeNull();
  });

  test('keeps what is typed although a reply comes late and says less', async () => {
    const answer = later<Result<DraftView>>();
    const { setField } = show(formDraft(), { setField: () => answer.promise });
    const user = userEvent.setup();
    await user.type(box('amount'), '1');
    await waitFor(() => {
      expect(setField).toHaveBeenCalledTimes(1);
    });
    await user.type(box('amount'), '0');
    answer.give({ ok: true, value: formDraft({ fields: fields({ amount: '1' }), cost: cost() }) });
    await waitFor(() => {
      expect(screen.queryByTestId('cost-total')).not.toBeNull();
    });
    expect(box('amount').value).toBe('10');
    await waitFor(() => {
      expect(setField.mock.calls.map(([request]: [SetFieldRequest]) => request.value)).toEqual(['1', '10']);
    });
  });

  test('saves before it submits, without waiting for the pause', async () => {
    const order: string[] = [];
    const { told } = show(formDraft(), {
      setField: ({ value }) => {
        order.push(`set ${value}`);
        return ok(formDraft());
      },
      submit: () => {
        order.push('submit');
        return ok(caseView());
      },
    });
    await fireEvent.input(box('amount'), { target: { value: '10' } });
    await fireEvent.click(screen.getByTestId('submit'));
    await waitFor(() => {
      expect(told.onSubmitted).toHaveBeenCalled();
    });
    expect(order).toEqual(['set 10', 'submit']);
  });

  test('does not submit what could not be saved, and says why', async () => {
    const { submit } = show(formDraft(), { setField: () => refuse('disk_full') });
    await fireEvent.input(box('amount'), { target: { value: '10' } });
    await fireEvent.click(screen.getByTestId('submit'));
    await waitFor(() => {
      expect(screen.getByTestId('problem').dataset['code']).toBe('disk_full');
    });
    expect(submit).not.toHaveBeenCalled();
    expect(box('amount').value).toBe('10');
  });

  test('is submitted once however often the button is pressed', async () => {
    const answer = later<Result<CaseView>>();
    const { submit } = show(formDraft(), { submit: () => answer.promise });
    await fireEvent.click(screen.getByTestId('submit'));
    await waitFor(() => {
      expect(submit).toHaveBeenCalledTimes(1);
    });
    expect(screen.getByTestId('submit').getAttribute('aria-disabled')).toBe('true');
    await fireEvent.click(screen.getByTestId('submit'));
    expect(submit).toHaveBeenCalledTimes(1);
    answer.give({ ok: true, value: caseView() });
  });

  test('tells every broken rule on top, takes the focus there, and links to the fields', async () => {
    show(formDraft(), {
      submit: () =>
        refuse('form_rules', [
          violation('mobile', 'mobile_missing'),
          violation('amount', 'amount_too_large', { min_fen: 1_000_000, max_fen: 50_000_000 }),
        ]),
    });
    await fireEvent.click(screen.getByTestId('submit'));
    const summary = await screen.findByTestId('error-summary');
    expect(document.activeElement).toBe(summary);
    expect(summary.textContent).toContain('有 2 处要改');
    const link = screen.getByRole('link', { name: '金额请填 1 到 50' });
    await fireEvent.click(link);
    expect(document.activeElement).toBe(box('amount'));
    expect(box('amount').getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById('amount-wrong')?.textContent).toContain('金额请填 1 到 50');
  });

  test('takes the focus to the summary again at the second try', async () => {
    show(formDraft(), { submit: () => refuse('form_rules', [violation('mobile', 'mobile_missing')]) });
    await fireEvent.click(screen.getByTestId('submit'));
    await screen.findByTestId('error-summary');
    box('mobile').focus();
    await fireEvent.click(screen.getByTestId('submit'));
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByTestId('error-summary'));
    });
  });

  test('says nothing about a field until it is left', async () => {
    const broken = formDraft({ violations: [violation('mobile', 'mobile_shape')] });
    const { setField } = show(formDraft(), { setField: () => ok(broken) });
    await fireEvent.input(box('mobile'), { target: { value: '138' } });
    await waitFor(() => {
      expect(setField).toHaveBeenCalled();
    });
    expect(box('mobile').getAttribute('aria-invalid')).toBeNull();
    await fireEvent.blur(box('mobile'));
    expect(box('mobile').getAttribute('aria-invalid')).toBe('true');
  });

  test('fills the box from a chip and marks the chip by the value only', async () => {
    const { setField } = show(formDraft());
    await fireEvent.click(screen.getByTestId('amount-chip-5'));
    expect(box('amount').value).toBe('5');
    expect(screen.getByTestId('amount-chip-5').getAttribute('aria-pressed')).toBe('true');
    await fireEvent.input(box('amount'), { target: { value: '6' } });
    expect(screen.getByTestId('amount-chip-5').getAttribute('aria-pressed')).toBe('false');
    expect(setField.mock.calls[0]?.[0]).toEqual({ draftId: 'd1', field: 'amount', value: '5' });
  });

  test('asks a known shop for the amount only, until it is not theirs', async () => {
    const shop = { enterpriseCodeMasked: '9133****12K', mobileMasked: '138****5678' };
    show(formDraft({ shop }), { forgetShop: () => ok(formDraft()) });
    expect(screen.queryByTestId('field-mobile')).toBeNull();
    expect(screen.getByTestId('shop').textContent).toContain('9133****12K');
    await fireEvent.click(screen.getByTestId('forget-shop'));
    expect(await screen.findByTestId('field-mobile')).toBeTruthy();
  });

  test('leads back to the page of a consent', async () => {
    const { told } = show(formDraft());
    await fireEvent.click(screen.getByTestId('consent-review-transactions'));
    expect(told.onConsent).toHaveBeenCalledWith(1);
  });
});

describe('the fields of a draft', () => {
  test('keep their text beyond the page that showed them', () => {
    const { host } = fakeHost({ setField: () => ok(formDraft()) });
    const kept = new DraftFields(host, formDraft());
    kept.type('mobile', '13800005678');
    kept.adopt(formDraft({ fields: fields({ mobile: '' }) }));
    expect(kept.text('mobile')).toBe('13800005678');
  });

  test('go out at once when the page goes away', () => {
    const setField = vi.fn(() => ok(formDraft()));
    const { host } = fakeHost({ setField });
    const kept = new DraftFields(host, formDraft());
    kept.type('amount', '10');
    kept.flushNow();
    expect(setField).toHaveBeenCalledWith({ draftId: 'd1', field: 'amount', value: '10' });
  });

  test('are tried again after a failed save', async () => {
    const setField = vi.fn<Host['setField']>().mockImplementationOnce(() => refuse('disk_full'));
    setField.mockImplementation(() => ok(formDraft()));
    const { host } = fakeHost({ setField });
    const kept = new DraftFields(host, formDraft());
    kept.type('amount', '10');
    expect(await kept.flush()).toBe(false);
    expect(kept.problem?.code).toBe('disk_full');
    expect(await kept.flush()).toBe(true);
    expect(kept.problem).toBeNull();
  });
});
