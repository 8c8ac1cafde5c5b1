// MiniTwit as two people use it, in a browser. Usage: node minitwit.js URL CHROMIUM PROFILE SCREENSHOT
// Prints what the pages said, as JSON.
const { chromium } = require("playwright-core");

const [url, executablePath, profile, screenshot] = process.argv.slice(2);
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

async function fill(page, path, fields) {
  await page.goto(url + path);
  for (const [name, value] of Object.entries(fields)) await page.fill(`input[name=${name}]`, value);
  await page.click("input[type=submit]");
  return said(page);
}

// What the page tells its visitor: a message, or what was wrong.
async function said(page) {
  return (await page.locator(".flashes, .error").allInnerTexts()).join(" ").trim();
}

async function register(page, username) {
  const password = `password of ${username}`;
  const registered = await fill(page, "/register", { username, email: `${username}@example.com`, password, password2: password });
  const refused = await fill(page, "/login", { username, password: "wrong" });
  const loggedIn = await fill(page, "/login", { username, password });
  return [registered, refused, loggedIn];
}

async function main() {
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS, viewport: { width: 1000, height: 700 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  const told = { ann: await register(page, "ann") };
  await page.fill("input[name=text]", "Hello from a <real> browser");
  await page.click("input[type=submit]");
  told.posted = await said(page);
  await page.goto(url + "/logout");
  told.ben = await register(page, "ben");
  await page.goto(url + "/ann");
  await page.click("text=Follow user");
  told.followed = await said(page);
  await page.goto(url + "/");
  told.timeline = await page.locator(".messages li").allInnerTexts();
  await page.screenshot({ path: screenshot });
  told.missing = (await page.goto(url + "/nobody")).status();
  await page.goto(url + "/ann/unfollow");
  told.unfollowed = await said(page);
  console.log(JSON.stringify(told));
  await context.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
