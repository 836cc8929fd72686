// Panels with a page of ours: one script, one stylesheet, the user's texts, and nothing from elsewhere.

import { randomBytes } from 'node:crypto';
import { env, l10n, Uri } from 'vscode';
import type { Webview, WebviewPanel } from 'vscode';

/** `page`: of the bundles that are built for pages. */
export function fillPanel(panel: WebviewPanel, page: 'dashboard' | 'doctor', extension: Uri): void {
  const assets = Uri.joinPath(extension, 'dist', page);
  panel.webview.options = { enableScripts: true, localResourceRoots: [assets] };
  const icon = (theme: string): Uri => Uri.joinPath(extension, 'media', `sandboxfile-${theme}.svg`);
  panel.iconPath = { light: icon('light'), dark: icon('dark') };
  const file = (kind: string): Uri => Uri.joinPath(assets, `${page}.${kind}`);
  panel.webview.html = htmlOf(panel.webview, panel.title, file('js'), file('css'));
}

function htmlOf(webview: Webview, title: string, script: Uri, style: Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${webview.asWebviewUri(style).toString()}">
<title>${title}</title>
</head>
<body>
<main id="main" aria-live="off"></main>
<script id="texts" type="application/json">${texts()}</script>
<script nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script>
</body>
</html>`;
}

/** Of the user's language; nothing in them ends the element that they are in. */
function texts(): string {
  return JSON.stringify(l10n.bundle ?? {}).replaceAll('<', String.raw`\u003c`);
}
