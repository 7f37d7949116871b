// Opens pages in Chromium and says what a person would find, as one JSON list on stdout.
//   NODE_PATH=…/node_modules [SCREENSHOTS=FOLDER] node look.cjs PAGE.html …
// In light and in dark: the console's complaints, requests that leave the disk, what axe-core holds against the page.
// Then every player is played, and the page is walked through with Tab alone.
const { chromium } = require("playwright-core");
const { readFileSync } = require("node:fs");
const { basename, join } = require("node:path");
const { pathToFileURL } = require("node:url");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio"];
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAB_LIMIT = 400;

async function faults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0].html.slice(0, 120)}`);
}

const heard = (page) => page.evaluate(async () => {
  const lengths = {};
  for (const player of document.querySelectorAll("audio")) {
    const name = player.getAttribute("src");
    player.load();
    await new Promise((done) => { for (const end of ["loadedmetadata", "error"]) player.addEventListener(end, done, { once: true }); });
    if (!player.error) await player.play().then(() => player.pause(), () => {});
    lengths[name] = player.error ? -1 : player.duration;
  }
  return lengths;
});

async function walk(page) {
  const passed = [];
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  for (let i = 0; i < TAB_LIMIT; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      const again = one.dataset.walked === "yes" && one.tagName !== "AUDIO";  // a player has stops inside
      one.dataset.walked = "yes";
      const box = one.getBoundingClientRect(), style = getComputedStyle(one);
      return { again, tag: one.tagName, name: one.id || one.className, seen: box.width > 0, ring: style.outlineStyle !== "none" };
    });
    if (!at || at.again) break;
    passed.push(at);
  }
  const unreached = await page.evaluate(() => [...document.querySelectorAll("a[href], button, audio, [tabindex='0']")]
    .filter((one) => one.dataset.walked !== "yes" && one.getClientRects().length).map((one) => one.outerHTML.slice(0, 100)));
  return { stops: passed.length, first: passed[0], ringless: passed.filter((at) => !at.ring && at.tag !== "AUDIO"), unreached };
}

async function found(browser, file, stem) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce" });
  const said = { console: [], requests: [] };
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) said.console.push(message.text()); });
  page.on("pageerror", (error) => said.console.push(String(error)));
  page.on("request", (request) => { if (!/^(file|data|blob):/.test(request.url())) said.requests.push(request.url()); });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.goto(pathToFileURL(file).href);
    said[colorScheme] = { axe: await faults(page), paper: await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor) };
    if (stem) await page.screenshot({ path: `${stem}.${colorScheme}.png`, fullPage: true });
  }
  said.players = await heard(page);
  said.walk = await walk(page);
  const play = page.locator("button.play").last();
  if (await play.count()) {
    await play.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.getElementById("book").paused && !document.getElementById("book").seeking);
    said.seeked = { at: await page.evaluate(() => document.getElementById("book").currentTime), wanted: Number(await play.getAttribute("data-at")) };
    await page.evaluate(() => document.getElementById("book").pause());
  }
  await page.setViewportSize({ width: 390, height: 800 });
  said.wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (stem) await page.screenshot({ path: `${stem}.narrow.png` });
  if (stem) await page.pdf({ path: `${stem}.pdf` });
  await page.close();
  return said;
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: FLAGS });
  const said = [];
  for (const file of process.argv.slice(2)) {
    const stem = process.env.SCREENSHOTS && join(process.env.SCREENSHOTS, basename(file, ".html"));
    said.push(await found(browser, file, stem));
  }
  await browser.close();
  console.log(JSON.stringify(said));
})().catch((error) => { console.error(error); process.exit(1); });
