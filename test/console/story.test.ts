import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { productTable } from '../../src/activities/product-names.js';
import type { Licenseflow } from '../../src/client/index.js';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import { consolePages } from '../../src/console/index.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { Web } from '../support/web.js';
import { AtTheConsole, findChromium, NO_CHROMIUM, startChromium } from './browser.js';

const HOUR = 3_600_000;
const MANAGER = stageOf('manager', [{ manager: { level: 1, upTo: 2, fallback: [PEOPLE.johanna.userPrincipalName] } }], {
  deadlineMs: 72 * HOUR,
});

describe('console in a browser', function () {
  this.timeout(300_000);

  let playground: Playground;
  let web: Web;
  let browser: Browser;
  let isLost = false;
  const visitors: AtTheConsole[] = [];

  before(async function () {
    const program = findChromium();
    if (program === null) {
      console.warn(NO_CHROMIUM);
      this.skip();
    }
    playground = await Playground.open({
      stages: [MANAGER],
      seatWaitMs: 72 * HOUR,
      productNames: productTable(),
      // Slow enough to be paused on the way.
      writes: { share: 1, inFlightMax: 2, inFlightAtStart: 2, quota: { writes: 100_000, windowMs: 1_000 } },
    });
    const licenseflow = perhapsLost(playground.licenseflow, () => isLost);
    web = await Web.open({ licenseflow, tenant: playground.tenant }, { pages: [consolePages({ licenseflow })] });
    browser = await startChromium(program);
  });

  after(async () => {
    await browser?.close();
    await web?.close();
    await playground?.close();
  });

  afterEach(async () => {
    const complaints = visitors.flatMap((visitor) => visitor.complaints);
    await Promise.all(visitors.splice(0).map((visitor) => visitor.close()));
    assert.deepEqual(complaints, []);
  });

  async function somebody(person: { readonly id: string }, to = '/'): Promise<AtTheConsole> {
    const visitor = await AtTheConsole.open(browser, web.url);
    visitors.push(visitor);
    await visitor.signIn(person.id, to);
    return visitor;
  }

  /** From the catalogue to the request that was sent. */
  async function asks(visitor: AtTheConsole, need: string, product: string, why: string): Promise<string> {
    const { page } = visitor;
    await visitor.go('/new-request');
    await page.getByLabel('What you need').fill(need);
    await page.getByRole('link', { name: product, exact: true }).click();
    await page.getByLabel('Why is it needed?').fill(why);
    await visitor.press('Send the request');
    await visitor.sees('Your request is on its way.');
    return new URL(page.url()).pathname;
  }

  it('a request, approved by another person, updates itself in front of whoever asked', async () => {
    const adele = await somebody(PEOPLE.adele, '/requests');
    await adele.look('my-requests-empty');
    await adele.go('/new-request');
    await adele.look('catalogue');
    const request = await asks(adele, 'power bi', 'Power BI Pro', 'Reports for the <script>alert(1)</script> pilot');
    await adele.look('request-waiting');

    const megan = await somebody(PEOPLE.megan, '/inbox');
    await megan.sees('Power BI Pro');
    await megan.look('inbox');
    await megan.go(request);
    await megan.look('decision');
    await megan.press('Approve');
    await megan.sees('Approved: your decision counts.');
    await adele.page.bringToFront();
    await adele.sees('Approved by');
    await adele.page
      .locator('.badge', { hasText: /^Done$/u })
      .first()
      .waitFor({ timeout: 60_000 });
    await adele.look('request-done');
    await adele.go('/requests');
    await adele.look('my-requests');
    await adele.go('/my-licences');
    await adele.sees('Power BI Pro');
    await adele.look('my-licences');
    assert.deepEqual(playground.held(PEOPLE.adele.id)[SKU.POWER_BI_PRO], []);
  });

  it('a denial asks for a reason, which whoever asked reads', async () => {
    const alex = await somebody(PEOPLE.alex);
    const request = await asks(alex, 'project', 'Planner and Project Plan 3', 'Just to try it');
    const megan = await somebody(PEOPLE.megan, request);
    await megan.unfold('Deny, with a reason');
    await megan.press('Deny');
    // The browser itself asks for what is missing.
    await megan.page.locator('#reason:invalid').waitFor();
    await megan.page.getByLabel('Why not').fill('Please take the trial first.');
    await megan.press('Deny');
    await megan.sees('Denied: your decision counts.');
    await alex.go(request);
    await alex.sees(/Please take the trial first\./u);
    await alex.look('request-denied');
  });

  it('who waits for a seat sees the place, and an operator the list', async () => {
    playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
    const emily = await somebody(PEOPLE.emily);
    const request = await asks(emily, 'visio', 'Visio Plan 2', 'Floor plans of the trade fair');
    const megan = await somebody(PEOPLE.megan, '/inbox');
    await megan.press('Approve');
    await megan.sees('Approved: your decision counts.');
    await emily.sees('Place 1', 60_000);
    await emily.look('request-wait-list');
    const johanna = await somebody(PEOPLE.johanna, '/seats');
    await johanna.look('seats');
    await johanna.page.getByRole('link', { name: 'Visio Plan 2', exact: true }).click();
    await johanna.sees('Emily Braun');
    await johanna.look('seats-of-a-product');
    playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 1);
    await emily.page.bringToFront();
    await emily.page
      .locator('.badge', { hasText: /^Done$/u })
      .first()
      .waitFor({ timeout: 60_000 });
    assert.equal(new URL(emily.page.url()).pathname, request);
  });

  it('a campaign from a file: planned, started, paused on the way, resumed, and taken back', async () => {
    playground.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 60);
    playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 60);
    const people = Array.from({ length: 24 }, () =>
      playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
    );
    playground.breakWrites(people[20]?.id ?? '', { kind: 'graph-error', error: 'E11' });
    playground.tenant.addFault({
      match: { method: 'POST', path: '/users/*/assignLicense' },
      fault: { kind: 'delay', ms: 400, when: 'before-commit' },
    });
    const file = path.join(tmpdir(), `licenseflow-${process.pid}.csv`);
    await writeFile(file, ['user', ...people.map(({ id }) => id)].join('\n'));

    const johanna = await somebody(PEOPLE.johanna, '/campaigns');
    const { page } = johanna;
    await johanna.look('campaigns-empty');
    await page.getByRole('link', { name: 'Plan a campaign' }).click();
    await johanna.look('campaign-new');
    await page.getByLabel('What is it called?').fill('Office 365 E3 to E5');
    await page.getByLabel('The people in a file').check();
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByLabel('What goes?').selectOption({ label: 'Office 365 E3' });
    await page.getByLabel('What comes?').selectOption({ label: 'Office 365 E5' });
    await page.getByLabel('Waves', { exact: true }).fill('rest');
    await page.getByLabel('How does it go on after a wave?').selectOption({ value: 'by-itself' });
    await johanna.unfold('Brakes and limits');
    await page.getByLabel('percent of a wave').fill('100');
    await page.getByLabel('percent of all').fill('100');
    await page.getByLabel('Services that may be lost').fill('ENTERPRISEPACK');
    await johanna.press('Make the plan');
    await johanna.sees('Nothing has been written to the tenant.', 60_000);
    await johanna.look('campaign-plan');
    const campaign = new URL(page.url()).pathname.replace('/plan', '');
    const campaignId = campaign.replace('/campaigns/', '');

    await page.getByRole('link', { name: 'Go on to start it' }).click();
    johanna.expected.add(400);
    await page.getByLabel(`Type ${campaignId} to confirm`).first().fill('something else');
    await johanna.press('Start');
    await johanna.sees(`What you typed is not ${campaignId}.`);
    johanna.expected.clear();
    assert.equal(playground.writes(people[0]?.id ?? '').length, 0);
    await page.getByLabel(`Type ${campaignId} to confirm`).first().fill(campaignId);
    await johanna.press('Start');
    await johanna.sees('“Start” was taken.');
    // The button comes by itself, with the events of the campaign.
    await page.getByRole('button', { name: 'Pause', exact: true }).first().waitFor({ timeout: 60_000 });
    await johanna.press('Pause');
    await johanna.sees('“Pause” was taken.');
    await page
      .locator('.badge', { hasText: /^Paused$/u })
      .first()
      .waitFor({ timeout: 60_000 });
    await johanna.look('campaign-paused');
    const view = await playground.licenseflow.campaigns.view(campaignId);
    const left = view.users.ready ?? view.users.waiting ?? 0;
    assert.ok(left > 0, `somebody is left: ${JSON.stringify(view.users)}`);
    await johanna.press('Resume');
    await page
      .locator('.badge', { hasText: /^Finished/u })
      .first()
      .waitFor({ timeout: 120_000 });
    await johanna.look('campaign-finished');
    await johanna.go(`${campaign}/errors`);
    await johanna.sees('What to do:');
    await johanna.look('campaign-errors');
    await johanna.go(`${campaign}/users`);
    await johanna.look('campaign-users');

    await johanna.go(campaign);
    await johanna.unfold('Roll back');
    await page.getByRole('link', { name: 'Look at the rollback' }).click();
    await johanna.sees(/put 23 users back/u);
    await johanna.look('campaign-rollback');
    await page.getByLabel('Why', { exact: true }).fill('wrong month');
    await page.getByLabel(`Type ${campaignId} to confirm`).fill(campaignId);
    await johanna.press('Take 23 users back');
    await johanna.sees('“Roll back” was taken.');
    await johanna.sees(/Taken back/u, 120_000);
    await page
      .locator('.badge', { hasText: /^Finished/u })
      .first()
      .waitFor({ timeout: 120_000 });
    await johanna.look('campaign-rolled-back');
    for (const { id } of people) assert.deepEqual(Object.keys(playground.held(id)), [SKU.ENTERPRISEPACK]);
  });

  it('the pages for those who look at everything, and those that say no', async () => {
    const joni = await somebody(PEOPLE.joni, '/all-requests?which=all');
    await joni.look('all-requests');
    await joni.go('/search?q=Adele');
    await joni.look('search');
    await joni.page.getByRole('link', { name: 'Adele Vance' }).click();
    await joni.look('person');
    joni.expected.add(404).add(403);
    await joni.go('/nothing-here');
    await joni.look('not-found');
    await joni.go('/new-campaign');
    await joni.sees('This is not open to you');
    await joni.look('forbidden');
    await joni.page.keyboard.press('Tab');
    assert.equal(await joni.page.evaluate('document.activeElement.textContent'), 'Skip to the content');
  });

  it('a session that ended leads back to the form, with what was typed', async () => {
    const adele = await somebody(PEOPLE.adele, `/new-request?sku=${SKU.POWER_BI_PRO}`);
    await adele.page.getByLabel('Why is it needed?').fill('A text that took a while');
    await adele.expire();
    adele.expected.add(401);
    await adele.press('Send the request');
    await adele.sees('Your session ended before this was sent.');
    await adele.look('signed-out');
    await adele.page.getByRole('link', { name: 'Sign in again' }).click();
    await adele.pick(PEOPLE.adele.id);
    assert.equal(await adele.page.getByLabel('Why is it needed?').inputValue(), 'A text that took a while');
    await adele.press('Send the request');
    await adele.sees('Your request is on its way.');
  });

  it('a lost connection to Temporal is said on the page, and heals by itself', async () => {
    const adele = await somebody(PEOPLE.adele, '/requests');
    adele.expected.add(503);
    isLost = true;
    try {
      await adele.go('/requests');
      await adele.sees('No answer just now');
      await adele.look('no-answer');
    } finally {
      isLost = false;
    }
    await adele.page.getByRole('heading', { name: 'My requests' }).waitFor({ timeout: 30_000 });
  });
});

/** The library, while Temporal can be reached. */
function perhapsLost(licenseflow: Licenseflow, isLost: () => boolean): Licenseflow {
  const lost = () =>
    new LicenseflowError('unreachable', 'NO_TEMPORAL', 'Temporal cannot be reached: it is away.', 'Start it again.');
  return {
    ...licenseflow,
    list: (filter) => (isLost() ? Promise.reject(lost()) : licenseflow.list(filter)),
  };
}
