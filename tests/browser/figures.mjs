// What a recorded walk amounts to.

/**
 * Taps after the scan and fields typed into, up to the first receipt.
 *
 * A tap is any press of a button, link, disclosure or chip; choosing the picture, or holding the camera over the
 * code, is the scan itself.
 */
export function counted({ events, typed }) {
  const scan = events.findIndex((event) => event.kind === 'scan');
  if (scan < 0) throw new Error('nothing was scanned');
  const end = events.findIndex((event) => event.kind === 'page' && event.name === 'case');
  const walked = events.slice(scan, end < 0 ? undefined : end);
  return { taps: walked.filter((event) => event.kind === 'tap').map((event) => event.name), typed };
}

/**
 * Milliseconds from the picture being chosen to the verified acknowledgement on the screen: all of it,
 * and only the parts in which the person waited for the app (scan to page, press to page).
 */
export function times({ events }) {
  const scan = events.find((event) => event.kind === 'scan');
  const ack = events.find((event) => event.kind === 'page' && event.state === 'delivered');
  if (!scan || !ack) throw new Error('the walk did not end with an acknowledgement');
  let machine = 0;
  let since = null;
  for (const event of events.filter((event) => event.at >= scan.at && event.at <= ack.at)) {
    // A page drawn without a press, such as queued to delivered, goes on with the same wait.
    if (event.kind !== 'page') since ??= event.at;
    else if (since !== null) {
      machine += event.at - since;
      since = event.name === 'case' ? event.at : null;
    }
  }
  return { scan_to_ack_ms: Math.round(ack.at - scan.at), machine_ms: Math.round(machine) };
}
