// What the tests of the page stand on: a browser, the page on a server, and a network with a pool, workers, an app and a dataset.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../serve.js';

const PATIENCE_MS = 30_000;
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the browser that is there. */
export function startBrowser() {
  const executablePath = process.env.TALKA_BROWSER ?? BROWSERS.find(existsSync);
  if (!executablePath) {
    throw new Error('there is no Chromium\nhint: scripts/setup installs it, or set TALKA_BROWSER to its path');
  }
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-sync'];
  return chromium.launch({ executablePath, args: [...args, '--disable-component-update', '--no-first-run'] });
}

/** Serves the page that was built. */
export const servePage = () => serve(fileURLToPath(new URL('../dist', import.meta.url)));

/** A page in a context of its own, which knows the node. What goes wrong in it fails the test. */
export async function openPage(browser, site, node, { wallet, storage = {}, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await wallet?.install(context);
  const kept = { 'talka.node': node, ...storage };
  await context.addInitScript((kept) => {
    for (const [name, value] of Object.entries(kept)) {
      if (localStorage.getItem(name) === null) {
        localStorage.setItem(name, value);
      }
    }
  }, kept);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // What the network refuses is told of in the page itself.
    if (message.type() === 'error' && !/WebSocket|ERR_|Failed to load resource/.test(message.text())) {
      faults.push(message.text());
    }
  });
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url())));
  const visit = async (place = '') => {
    await page.goto(`${site}/${place}`);
  };
  const close = async () => {
    await context.close();
    assert.deepEqual(faults, [], 'errors in the page');
  };
  return { context, page, visit, close, faults, asked };
}
