/** Why there is no picture: not allowed, no camera, held by another program, gone, or frames cannot be read here. */
export type Refusal = 'denied' | 'absent' | 'taken' | 'gone' | 'unable';

/** Where a person allows the camera. */
export type Platform = 'android' | 'apple' | 'mac' | 'windows' | 'other';

/** What a refused getUserMedia means. */
export function refusalOf(error: unknown): Refusal {
  switch (error instanceof Error || error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    // WebKitGTK says the second where there is no camera at all.
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'absent';
    case 'NotReadableError':
    case 'AbortError':
      return 'taken';
    default:
      return 'unable';
  }
}

export function platformOf(userAgent: string): Platform {
  if (/Android/.test(userAgent)) return 'android';
  if (/iPhone|iPad/.test(userAgent)) return 'apple';
  if (/Mac OS X/.test(userAgent)) return 'mac';
  return /Windows/.test(userAgent) ? 'windows' : 'other';
}
