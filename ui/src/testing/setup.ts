import { beforeEach } from 'vitest';
import { language } from '../i18n/language.svelte';

beforeEach(async () => {
  await language.choose('zh-Hans');
});
