/** What the pages of the second factor show. */
import { type Html, html } from '../html.ts';
import { qrCode } from './qr-code.ts';
import { alertOf, describedBy } from './sign-in-forms.ts';

interface CodeForm {
  readonly userPrincipalName: string;
  readonly error?: string | undefined;
}

/** Asks for a code; the field takes a recovery code as well. */
export function codeForm({ userPrincipalName, error }: CodeForm): Html {
  return html`<h1>Enter your code</h1>
<p>${userPrincipalName}</p>
${alertOf(error)}
<form method="post" autocomplete="off">
<label for="code">Code from your authenticator app</label>
<input id="code" name="code" type="text" required autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40" aria-describedby="hint${error === undefined ? '' : ' error'}"${error !== undefined && html` aria-invalid="true"`} autofocus>
<p id="hint" class="hint">Six digits. Without the app, type one of your recovery codes. Without these either, ask an administrator to reset your second factor.</p>
<button class="primary" type="submit">Continue</button>
<button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
</form>`;
}

interface SetUpForm {
  readonly userPrincipalName: string;
  /** For the app, as a QR code and as a link. */
  readonly uri: string;
  readonly secretText: string;
  /** Whether it may be put off. */
  readonly isOptional: boolean;
  readonly error?: string | undefined;
}

/** Shows a secret and asks for its first code. */
export function setUpForm({ userPrincipalName, uri, secretText, isOptional, error }: SetUpForm): Html {
  return html`<h1>Set up codes</h1>
<p>${userPrincipalName} signs in with a password and a code that an authenticator app shows.</p>
${alertOf(error)}
<ol>
<li>Open an authenticator app on your phone.</li>
<li>Scan this code, <a href="${uri}">open it in an app on this device</a>, or type the key below it.
${qrCode(uri, 'QR code for the authenticator app. The key below says the same.')}
<code id="secret">${secretText}</code></li>
<li>Type the six digits that the app shows.</li>
</ol>
<form method="post" autocomplete="off">
<label for="code">Code</label>
<input id="code" name="code" type="text" required autocomplete="one-time-code" inputmode="numeric" maxlength="10"${describedBy(error)} autofocus>
<button class="primary" type="submit">Continue</button>
${isOptional && html`<button type="submit" name="later" value="yes" formnovalidate>Not now</button>`}
<button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
</form>`;
}

interface RecoveryCodesNote {
  readonly recoveryCodes: readonly string[];
  readonly continuePath: string;
}

/** Shows the recovery codes, which nothing can show again. */
export function recoveryCodesNote({ recoveryCodes, continuePath }: RecoveryCodesNote): Html {
  return html`<h1>Recovery codes</h1>
<p>Your app is set up. Keep these codes where you find them without your phone: each signs you in once in place of the app’s code. They are shown this one time.</p>
<ul class="codes">${recoveryCodes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
${onward(continuePath, 'I have kept them')}`;
}

interface RecoveryCodeUsedNote {
  readonly left: number;
  readonly continuePath: string;
}

/** Says how many recovery codes are left. */
export function recoveryCodeUsedNote({ left, continuePath }: RecoveryCodeUsedNote): Html {
  const rest = left === 1 ? 'One recovery code is left.' : `${left === 0 ? 'No' : left} recovery codes are left.`;
  return html`<h1>Recovery code used</h1>
<p>${rest} Set up codes anew at your next sign-in if you lost your phone, or before the last one is gone: you then get ten new ones.</p>
${onward(continuePath, 'Continue')}`;
}

function onward(path: string, text: string): Html {
  return html`<form method="post" action="${path}">
<button class="primary" type="submit" autofocus>${text}</button>
</form>`;
}
