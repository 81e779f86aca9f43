import type { ProblemCode } from '../../bindings/ipc';
import type { ProblemWords } from '../zh-Hans/problems';

const ours = {
  what: 'This step did not work, and that is our fault',
  act: 'What you filled in is kept. Update the app and try again, or call the number below.',
};

/** Words of every problem. */
export const problems: Record<ProblemCode, ProblemWords> = {
  code_not_found: {
    what: 'No code was found in this picture',
    act: 'Choose a sharp, complete picture without glare, or type it in by hand.',
  },
  code_is_payment: {
    what: 'This is a payment code, not a branch code',
    act: 'Do not pay. Scan the branch code that the bank put on the wall or counter.',
  },
  code_is_wechat: {
    what: 'This is a WeChat code, not a branch code',
    act: 'Scan the branch code from the bank. If in doubt, call the number below.',
  },
  code_is_alipay: {
    what: 'This is an Alipay code, not a branch code',
    act: 'We did not open it. Scan the branch code from the bank.',
  },
  code_is_licence: {
    what: 'This is the code on a business licence',
    act: 'Scan the branch code first. Scan this one on the form, and it fills in your code.',
  },
  code_is_link: {
    what: 'This is a web link, not a branch code',
    act: 'We did not open it. Scan the branch code from the bank.',
  },
  code_is_consent: {
    what: 'This is the code of your own copy of a consent',
    act: 'See it in “My consents” on the first page. You can withdraw it at any time.',
  },
  code_is_consent_elsewhere: {
    what: 'This is the code of a copy of a consent; this device does not hold it',
    act: 'Scan it with the device you agreed on. If it was not you, or to withdraw, call the number below and say the number of the record.',
  },
  code_in_pieces: {
    what: 'Not all of these codes were read yet',
    act: 'Keep the camera on them and it goes on by itself; or pick the next picture.',
  },
  code_pieces_damaged: {
    what: 'These codes do not fit together',
    act: 'Point at one screen only, and scan from the start.',
  },
  code_is_request: {
    what: 'This is a code that asks for consents, not the answer',
    act: "Scan the answer code on the customer's phone.",
  },
  code_is_answer: {
    what: 'This is an answer code, which is of no use here',
    act: 'Open the application on the tablet, let the customer scan, then scan this code.',
  },
  request_other_bank: {
    what: 'This request is from another bank',
    act: 'Only loans of our own bank can be asked for here. Ask the officer to use our app.',
  },
  request_other_words: {
    what: 'The two devices hold different words',
    act: 'One of them is behind. Connect both the phone and the tablet once, then show and scan the code again.',
  },
  request_place_unknown: {
    what: 'This phone does not know the branch or the product',
    act: 'Connect both the phone and the tablet once, then show and scan the code again.',
  },
  request_ticket_invalid: {
    what: 'The branch code of this application does not hold, or is out of date',
    act: 'Agree to nothing yet. Ask the officer to scan the branch code anew and show the code again.',
  },
  request_own_device: {
    what: 'This code was made by this same device',
    act: "Scan it with the customer's own phone.",
  },
  answer_other_request: {
    what: 'This answer is not for this application as it stands',
    act: 'Show the request code again, and let the customer scan it and answer anew.',
  },
  answer_invalid: {
    what: 'The consents in this answer do not hold',
    act: 'Nothing was kept. Let the customer scan and answer again on their own phone, or hand over the tablet.',
  },
  code_is_other: {
    what: 'This code is not a branch code',
    act: 'If other codes are beside it, cover them and point at the branch code only.',
  },
  ticket_other_bank: {
    what: 'This code is from another bank',
    act: 'Only loans of our own bank can be asked for here. Scan one of our codes.',
  },
  ticket_forged: {
    what: 'The bank did not issue this code, or it is damaged',
    act: 'Its signature does not hold; it may have been swapped. Do not call numbers printed beside it, call the one below.',
  },
  ticket_stale_directory: {
    what: 'This code is newer than what this device knows',
    act: 'Go online for a moment, then scan it again.',
  },
  ticket_expired: { what: 'This code is out of date', act: 'Ask the branch for a new one, or type the branch number.' },
  ticket_not_yet_valid: {
    what: 'This code cannot be used yet',
    act: 'Check the date of this device first. If it is right, type the branch number.',
  },
  ticket_revoked: {
    what: 'The bank has stopped this code',
    act: 'Ask the branch for a new one, or type the branch number.',
  },
  ticket_unknown_place: {
    what: 'The branch or product in this code is not known',
    act: 'Go online and scan it again. If that does not help, call the number below.',
  },
  licence_unreadable: {
    what: 'There is no credit code in this code',
    act: 'Please type it from the licence.',
  },
  picture_unreadable: {
    what: 'This file is not a picture that can be opened',
    act: 'Choose a photo or a screenshot.',
  },
  picture_too_large: { what: 'This picture is too large', act: 'Crop it to the code and choose it again.' },
  branch_number_shape: {
    what: 'The branch number is too long, too short, or has a character that cannot be in it',
    act: 'Type it again as printed under the code.',
  },
  branch_number_check: {
    what: 'One character of the branch number does not fit',
    act: 'Probably one was misread. Please compare once more.',
  },
  branch_number_unknown: {
    what: 'No branch has this number',
    act: 'Compare once more. If that does not help, call the number below.',
  },
  catalogue_missing: {
    what: 'The list of branches and products is not on this device yet',
    act: 'Go online once; after that it works without a network.',
  },
  draft_unknown: {
    what: 'This application is no longer a draft',
    act: 'It was sent or deleted. Look in the outbox, or choose a code again.',
  },
  draft_unreadable: {
    what: 'This draft cannot be opened',
    act: 'The key it was saved with is gone, so its content cannot come back. Please start again with the code.',
  },
  notice_changed: { what: 'The words of this consent have changed', act: 'Please read the new ones, then decide.' },
  consent_too_fast: { what: 'That was very quick', act: 'Please read what is written above, then press again.' },
  consent_already_decided: {
    what: 'You have decided this already',
    act: 'No need to press again. To withdraw, go to “My consents”.',
  },
  officer_may_not_consent: {
    what: 'An account manager cannot agree for the owner',
    act: 'Let the owner decide: on their own phone, or with the tablet in their hands.',
  },
  own_phone_needed: {
    what: 'This one can only be agreed to on your own phone',
    act: 'To agree, give this device back and go on with your phone. You can say no here.',
  },
  owner_mode: {
    what: 'The tablet is with the owner now',
    act: 'The account manager enters the PIN first; then everything else is back.',
  },
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
  consent_unknown: { what: 'This consent was not found', act: 'Go back to “My consents” and look again.' },
  form_rules: { what: 'Some things need fixing', act: 'Fix the marked places, then send again.' },
  case_unknown: { what: 'This application was not found', act: 'Look in the outbox.' },
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
  disk_low: {
    what: 'This device has less than 200 MB of room left, so no photo is taken now',
    act: 'What was saved is safe and is still sent. Free some space, then take the photo.',
  },
  passphrase_wrong: {
    what: 'The passphrase is wrong',
    act: 'Check capital letters and the keyboard language, then try again.',
  },
  passphrase_too_short: {
    what: 'The passphrase is too short',
    act: 'At least 8 characters. A few unrelated words are easy to keep and hard to guess.',
  },
  vault_locked: { what: 'The passphrase comes first', act: 'Enter it to see and fill in your applications.' },
  disk_full: {
    what: 'This device has no room left, so the last step was not saved',
    act: 'All that was saved before is safe. Free some space and try again.',
  },
  store_unreadable: {
    what: 'What is saved on this device cannot be read',
    act: 'We have not touched it. Close and open the app; if that does not help, call the number below.',
  },
  outbox_damaged: {
    what: 'The file of the outbox on this device is damaged',
    act: 'We have not touched it and nothing was deleted. Press the button below to bring back all that can be read.',
  },
  store_in_use: {
    what: 'The app is already open in another window',
    act: 'Please go on in that window, or close it and try again.',
  },
  store_too_new: {
    what: 'What is saved here was written by a newer version',
    act: 'Please update the app. Nothing is lost.',
  },
  offline: { what: 'The bank cannot be reached now', act: 'What you filled in is kept. It tries again by itself.' },
  malformed: ours,
  content_type: ours,
  too_large: { what: 'This is too large to send', act: 'Choose a smaller picture and try again.' },
  not_found: { what: 'The bank has no such place', act: 'The app may be too old. Please update it and try again.' },
  method_not_allowed: {
    what: 'The bank does not take this request',
    act: 'The app may be too old. Please update it and try again.',
  },
  unauthorised: {
    what: 'The bank did not recognise this device',
    act: 'Close and open the app. If that does not help, call the number below.',
  },
  envelope_conflict: {
    what: 'The bank holds another content under the same number',
    act: 'Please do not send it again. Call the number below to compare.',
  },
  seal_unknown: {
    what: 'The bank cannot open the seal of this application',
    act: 'Update the app and fill in a new one.',
  },
  envelope_content: {
    what: 'The bank cannot read this application',
    act: 'Update the app and fill in a new one.',
  },
  part_unknown: {
    what: 'The bank does not have this photo or file',
    act: 'No need to wait here. It is sent again by itself.',
  },
  part_offset: {
    what: 'Sending a photo or file was interrupted',
    act: 'No need to wait here. It goes on where it stopped.',
  },
  part_checksum: {
    what: 'A photo or file was damaged on the way',
    act: 'It is sent again by itself. If that does not help, call the number below.',
  },
  part_too_large: {
    what: 'The photo or file is too large for the bank',
    act: 'Try a smaller one.',
  },
  part_quota: {
    what: 'Too many photos and files are waiting at the bank',
    act: 'Send the applications in the outbox first, then go on.',
  },
  busy: { what: 'The bank is busy', act: 'No need to wait here. It tries again by itself.' },
  internal: {
    what: 'Something went wrong, and that is our fault',
    act: 'What you filled in is kept. Try again; if that does not help, call the number below.',
  },
};
