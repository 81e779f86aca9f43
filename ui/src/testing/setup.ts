import { configure } from '@testing-library/svelte';
import { beforeEach } from 'vitest';
// Here already, so that no test waits for them while it turns to another language.
import '../i18n/en';
import '../i18n/en/later';
import { language } from '../i18n/language.svelte';

// A page that is loaded later is compiled first; on a busy machine that takes longer than the usual second.
configure({ asyncUtilTimeout: 4_000 });

beforeEach(async () => {
  await language.choose('zh-Hans');
  await language.loaded(Promise.resolve());
});
