/** The page in a real browser: what it says when the city is quiet, in a flood, and when it hears nothing more. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi, type Api } from '../../gateway/api/server.ts';
import { SystemClock } from '../../gateway/runtime/system-clock.ts';
import { fakeApi, type FakeApi } from '../support/fake-api.ts';
import { failOver, flood, quietCity } from '../support/fake-city.ts';
import { FakeFeed } from '../support/fake-feed.ts';

let browser: Browser;
beforeAll(async () => {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
});
afterAll(async () => { await browser.close(); });

interface Scene extends AsyncDisposable { readonly fake: FakeApi; readonly api: Api; readonly page: Page; readonly errors: string[]; text(): Promise<string> }
async function scene(lang: 'zh' | 'en' = 'zh', width = 1280): Promise<Scene> {
  const fake = fakeApi({ clock: new SystemClock() }, new FakeFeed());
  quietCity(fake.situation, Date.now());
  const api = await openApi(fake.dependencies);
  const page = await browser.newPage({ viewport: { width, height: 900 }, locale: lang === 'zh' ? 'zh-CN' : 'en-GB' });
  const errors: string[] = [];
  page.on('pageerror', (error) => { errors.push(error.message); });
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  await page.goto(`http://127.0.0.1:${api.port}/?lang=${lang}`);
  await page.getByText(lang === 'zh' ? '抚远水文站' : 'Fuyuan hydrology station').first().waitFor();
  return {
    fake, api, page, errors, text: async () => await page.locator('body').innerText(),
    [Symbol.asyncDispose]: async () => { await page.close(); await api[Symbol.asyncDispose](); },
  };
}

describe('the page', () => {
  it('says in one sentence that all is well, lists every site, and makes no error in the console', async () => {
    await using each = await scene();
    const text = await each.text();
    expect(text).toContain('各站通信正常');
    for (const site of ['应急指挥中心', '防汛物资库', '佳木斯水文站', '抚远水文站']) expect(text).toContain(site);
    expect(each.errors).toEqual([]);
  });

  it('shows a failover as it happens, with its evidence, without being loaded again', async () => {
    await using each = await scene();
    failOver(each.fake.situation, Date.now());
    await each.page.getByText('防汛物资库联通光缆03:00断,已切移动5G,再无备用').first().waitFor({ timeout: 5_000 });
    await each.page.getByText('1 站已切备用').first().waitFor({ timeout: 5_000 });
  });

  it('says all of it in English as well', async () => {
    await using each = await scene('en');
    failOver(each.fake.situation, Date.now());
    await each.page.getByText('went down at 03:00; carried by Mobile 5G, no further backup').first().waitFor({ timeout: 5_000 });
    await each.page.getByText('1 site on backup').first().waitFor({ timeout: 5_000 });
    const text = await each.text();
    expect(text).not.toMatch(/无人接单|已切备用/);
  });

  it('puts red before orange, names what is folded, and the level that is exceeded', async () => {
    await using each = await scene();
    failOver(each.fake.situation, Date.now());
    flood(each.fake.situation, Date.now());
    await each.page.getByText('抚远水文站03:12起通信全断').first().waitFor({ timeout: 5_000 });
    const text = await each.text();
    expect(text.indexOf('抚远水文站03:12起通信全断')).toBeLessThan(text.indexOf('防汛物资库联通光缆03:00断'));
    expect(text).toContain('超警戒水位');
    expect(each.errors).toEqual([]);
  });

  it('does not go on looking healthy when it hears nothing more: it says so, with the age of the picture', async () => {
    await using each = await scene();
    await each.api[Symbol.asyncDispose]();
    await each.page.locator('#banner:not(:empty)').waitFor({ timeout: 20_000 });
    expect(await each.page.locator('#banner').innerText()).toMatch(/秒|中断|断开/);
  }, 30_000);

  it('fits a telephone: nothing is wider than the screen, in both languages', async () => {
    for (const lang of ['zh', 'en'] as const) {
      await using each = await scene(lang, 360);
      flood(each.fake.situation, Date.now());
      await each.page.waitForTimeout(300);
      expect(await each.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    }
  });

  it('takes a name with markup in it as text', async () => {
    await using each = await scene();
    const site = each.fake.situation.site('flood-depot')!;
    each.fake.situation.putSite({ ...site, name: { zh: '<img src=x onerror=alert(1)>', en: '<b>x</b>' } });
    await each.page.reload();
    await each.page.getByText('<img src=x').first().waitFor();
    expect(await each.page.locator('img[src="x"]').count()).toBe(0);
  });
});
