/**
 * Keeps the focus in a field while something else is pressed: leaving the field draws its error, which
 * would move the pressed button away between press and release, and the press would be lost.
 */
export function steady(form: HTMLElement): void {
  form.addEventListener('mousedown', (event) => {
    if (event.target instanceof Element && event.target.closest('button, label, summary')) event.preventDefault();
  });
}
