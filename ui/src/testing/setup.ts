import { beforeEach } from 'vitest';
// Here already, so that no test waits for them while it turns to another language.
import '../i18n/en';
import '../i18n/en/later';
import { language } from '../i18n/language.svelte';

beforeEach(async () => {
  await language.choose('zh-Hans');
  await language.loaded(Promise.resolve());
});
