import type { LaterProblem } from '../zh-Hans/later-problems';
import type { ProblemWords } from '../zh-Hans/problems';

/** Words of problems that only pages loaded later can meet. */
export const laterProblems: Record<LaterProblem, ProblemWords> = {
  pin_shape: { what: 'A PIN has 4 to 6 digits', act: 'Digits only, please.' },
  pin_wrong: { what: 'The PIN is wrong', act: 'Enter the one that was set when the tablet was handed over.' },
  pin_paused: { what: 'Wrong too many times', act: 'Please wait a moment, then try again.' },
  officer_unknown: {
    what: 'The bank’s list has no such staff number',
    act: 'Compare it with the staff card. For somebody new, go online once to update the list.',
  },
  copy_unproved: {
    what: 'No copy can be saved of this consent',
    act: 'The words of that version are no longer on this device. Call the number below to get one.',
  },
  form_rules: { what: 'Some things need fixing', act: 'Fix the marked places, then send again.' },
  case_already_delivered: {
    what: 'The bank has it already, so it cannot be taken back here',
    act: 'To take it back, call the branch at the number below.',
  },
  case_not_held: { what: 'This one does not need that now', act: 'Look in the outbox where it stands.' },
  evidence_invalid: {
    what: 'The evidence that came from the bank does not hold, so it was not kept',
    act: 'Call the branch and say that the evidence bundle fails its check.',
  },
  part_too_many: {
    what: 'Too many photos and files: an application has 40 at most',
    act: 'Take some out before you add more.',
  },
  part_lost: {
    what: 'A photo or file can no longer be read on this device',
    act: 'Take it out, make a new one, then send again.',
  },
  passphrase_too_short: {
    what: 'The passphrase is too short',
    act: 'At least 8 characters. A few unrelated words are easy to keep and hard to guess.',
  },
};
