import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import type { DraftView } from '../../bindings/ipc';
import { fakeHost, inPieces, ok, refuse } from '../../testing/fake-host';
import { codes, consent, draft, fields, formDraft, home, violation } from '../../testing/views';
import { DraftFields } from '../submit/fields.svelte';
import Answer from './Answer.svelte';
import HandOver from './HandOver.svelte';

const PIECES = { pieces: [['#.', '.#'], ['##', '..']] };
const CODE = '91990000MA0000001B';
const picture = (): File => new File([new Uint8Array([1])], 'code.png', { type: 'image/png' });

const waiting = (change: Partial<DraftView> = {}): DraftView => draft({ step: 'hand_over', ...change });
const named = waiting({ fields: fields({ enterprise_code: CODE }) });

function handOver(view: DraftView, answers: Parameters<typeof fakeHost>[0] = {}) {
  const told = { onDraft: vi.fn(), onLent: vi.fn(), onBack: vi.fn() };
  const { host } = fakeHost(answers);
  render(HandOver, { props: { host, fields: new DraftFields(host, view), ...told } });
  return told;
}

describe('the page of an officer before the consents', () => {
  test('names what the owner will be asked, and offers the own phone first', () => {
    handOver(named);
    expect(screen.getAllByRole('listitem').map((item) => item.textContent.trim())).toEqual(['税务 还没选', '流水 还没选']);
    const [first, second] = [screen.getByTestId('hand-over-phone'), screen.getByTestId('hand-over-tablet')];
    expect(first.compareDocumentPosition(second)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    expect(first.className).toContain('main');
    expect(second.className).not.toContain('main');
  });

  test('has no button that consents', () => {
    handOver(named);
    expect(screen.queryByTestId('consent-agree')).toBeNull();
  });

  test('saves the enterprise code before it asks for the request code', async () => {
    const setField = vi.fn(() => ok(named));
    const requestCode = vi.fn(() => ok(PIECES));
    handOver(waiting(), { setField, requestCode });
    await fireEvent.input(screen.getByTestId('field-enterprise-code'), { target: { value: CODE } });
    await fireEvent.click(screen.getByTestId('hand-over-phone'));
    await screen.findByTestId('request');
    expect(setField).toHaveBeenCalledExactlyOnceWith({ draftId: 'd1', field: 'enterprise_code', value: CODE });
    expect(setField.mock.invocationCallOrder[0]).toBeLessThan(requestCode.mock.invocationCallOrder[0] ?? 0);
  });

  test('leads to the field whose rule the request breaks', async () => {
    handOver(waiting(), {
      requestCode: () => refuse('form_rules', [violation('enterprise_code', 'enterprise_code_missing')]),
    });
    await fireEvent.click(screen.getByTestId('hand-over-phone'));
    const field = await screen.findByTestId('field-enterprise-code');
    await waitFor(() => {
      expect(field.getAttribute('aria-invalid')).toBe('true');
    });
    expect(document.activeElement).toBe(field);
    expect(screen.queryByTestId('problem')).toBeNull();
  });

  test('asks for no code of a shop that is known here', () => {
    handOver(waiting({ shop: { enterpriseCodeMasked: '9199****01B', mobileMasked: '199****0001' } }));
    expect(screen.queryByTestId('field-enterprise-code')).toBeNull();
    expect(screen.getByTestId('where').textContent).toContain('9199****01B');
  });
});

describe('the request code', () => {
  async function asked(answers: Parameters<typeof fakeHost>[0] = {}) {
    const told = handOver(named, { requestCode: () => ok(PIECES), ...answers });
    await fireEvent.click(screen.getByTestId('hand-over-phone'));
    await screen.findByTestId('request');
    return told;
  }

  test('is shown in all its pieces, with a name, and leads back', async () => {
    await asked();
    expect(screen.getByRole('img').dataset['all']).toBe('2');
    expect(screen.getByRole('img').getAttribute('aria-label')).toContain('请求码');
    await fireEvent.click(screen.getByTestId('back'));
    expect(screen.getByTestId('hand-over-phone')).toBeTruthy();
  });

  test('is followed by the answer, from pictures as well, one piece after the other', async () => {
    const done = formDraft({ answeredElsewhere: true });
    const readAnswer = vi.fn(() => inPieces(1, 2));
    const told = await asked({ readPicture: () => ok(codes('a')), readAnswer });
    await fireEvent.change(screen.getByTestId('answer-file'), { target: { files: [picture()] } });
    const read = await screen.findByRole('status');
    expect(read.textContent).toContain('已读 1 / 2');
    expect(screen.queryByRole('alert')).toBeNull();
    expect(told.onDraft).not.toHaveBeenCalled();

    readAnswer.mockImplementation(() => ok(done) as never);
    await fireEvent.change(screen.getByTestId('answer-file'), { target: { files: [picture()] } });
    await waitFor(() => {
      expect(told.onDraft).toHaveBeenCalledExactlyOnceWith(done);
    });
    expect(readAnswer).toHaveBeenCalledWith({ draftId: 'd1', texts: ['a'] });
  });

  test('takes an answer that is pasted', async () => {
    const readAnswer = vi.fn(() => ok(formDraft()));
    await asked({ readAnswer });
    const paste = new Event('paste', { bubbles: true });
    Object.assign(paste, { clipboardData: { files: [], getData: () => 'b' } });
    window.dispatchEvent(paste);
    await waitFor(() => {
      expect(readAnswer).toHaveBeenCalledWith({ draftId: 'd1', texts: ['b'] });
    });
  });

  test('says what is wrong with an answer', async () => {
    await asked({ readPicture: () => ok(codes('a')), readAnswer: () => refuse('answer_other_request') });
    await fireEvent.change(screen.getByTestId('answer-file'), { target: { files: [picture()] } });
    expect((await screen.findByRole('alert')).textContent).toContain('不是答这份申请的');
  });
});

describe('the tablet in the hands of the owner', () => {
  async function lend(pin: string, again: string, enterOwnerMode = vi.fn(() => ok(draft()))) {
    const told = handOver(named, { enterOwnerMode });
    await fireEvent.click(screen.getByTestId('hand-over-tablet'));
    await fireEvent.input(await screen.findByTestId('pin'), { target: { value: pin } });
    await fireEvent.input(screen.getByTestId('pin-again'), { target: { value: again } });
    await fireEvent.click(screen.getByTestId('lend'));
    return { told, enterOwnerMode };
  }

  test('begins with a PIN that was typed twice alike', async () => {
    const { told, enterOwnerMode } = await lend('2468', '2468');
    await waitFor(() => {
      expect(told.onLent).toHaveBeenCalledOnce();
    });
    expect(enterOwnerMode).toHaveBeenCalledExactlyOnceWith({ draftId: 'd1', pin: '2468' });
  });

  test('does not begin when the two differ', async () => {
    const { enterOwnerMode } = await lend('2468', '2469');
    expect(screen.getByTestId('pin-again').getAttribute('aria-invalid')).toBe('true');
    expect(enterOwnerMode).not.toHaveBeenCalled();
  });

  test('leads back to the enterprise code when that is what is wrong', async () => {
    const broken = refuse('form_rules', [violation('enterprise_code', 'enterprise_code_missing')]);
    await lend('2468', '2468', vi.fn(() => broken as never));
    const field = await screen.findByTestId('field-enterprise-code');
    await waitFor(() => {
      expect(document.activeElement).toBe(field);
    });
    expect(field.getAttribute('aria-invalid')).toBe('true');
  });

  test('says what Rust says of the PIN', async () => {
    await lend('12', '12', vi.fn(() => refuse('pin_shape') as never));
    expect((await screen.findByTestId('problem')).dataset['code']).toBe('pin_shape');
  });
});

describe('the answer on the own phone', () => {
  const answered = draft({
    step: 'answer',
    consents: [consent('tax', { decision: 'given' }), consent('transactions', { decision: 'refused' })],
  });

  function answer(answers: Parameters<typeof fakeHost>[0]) {
    const told = { onDone: vi.fn(), onConsents: vi.fn(), onBack: vi.fn() };
    render(Answer, { props: { host: fakeHost(answers).host, draft: answered, ...told } });
    return told;
  }

  test('shows its codes, and what was agreed to and what not', async () => {
    answer({ answerCode: () => ok(PIECES) });
    expect((await screen.findByRole('img')).getAttribute('aria-label')).toContain('应答码');
    const lines = screen.getByTestId('answered').querySelectorAll('li');
    expect([...lines].map((line) => line.textContent)).toEqual(['税务 已同意', '流水 没同意']);
  });

  test('is put away by one press', async () => {
    const discardDraft = vi.fn(() => ok(home()));
    const told = answer({ answerCode: () => ok(PIECES), discardDraft });
    await fireEvent.click(screen.getByTestId('answer-done'));
    await waitFor(() => {
      expect(told.onDone).toHaveBeenCalledExactlyOnceWith(home());
    });
    expect(discardDraft).toHaveBeenCalledExactlyOnceWith({ draftId: 'd1' });
  });

  test('says what is wrong, and tries again', async () => {
    const answerCode = vi.fn(() => refuse('disk_full') as never);
    answer({ answerCode });
    await screen.findByTestId('problem');
    answerCode.mockImplementation(() => ok(PIECES) as never);
    await fireEvent.click(screen.getByRole('button', { name: '再试一次' }));
    expect(await screen.findByRole('img')).toBeTruthy();
  });
});
