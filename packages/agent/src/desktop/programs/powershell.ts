/** Windows Forms through PowerShell. The script is a constant; all text comes in through the environment, as JSON. */
import type { DialogProgram, Invocation, Outcome } from '../dialog.ts';

/** The variable in which a dialog reaches its script. */
export const DIALOG_VARIABLE = 'REMOTE_HELP_DIALOG';

const SCRIPT = `$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false
Add-Type -AssemblyName System.Windows.Forms, System.Drawing
[System.Windows.Forms.Application]::EnableVisualStyles()
$dialog = $env:${DIALOG_VARIABLE} | ConvertFrom-Json
$form = New-Object System.Windows.Forms.Form
$form.Text = $dialog.title
$form.TopMost = $true
$form.AutoSize = $true
$form.AutoSizeMode = 'GrowAndShrink'
$form.FormBorderStyle = 'FixedDialog'
$form.MaximizeBox = $false
$form.StartPosition = 'CenterScreen'
$rows = New-Object System.Windows.Forms.FlowLayoutPanel
$rows.FlowDirection = 'TopDown'
$rows.AutoSize = $true
$rows.Padding = New-Object System.Windows.Forms.Padding 12
$label = New-Object System.Windows.Forms.Label
$label.UseMnemonic = $false
$label.AutoSize = $true
$label.MaximumSize = New-Object System.Drawing.Size 560, 0
$label.Text = $dialog.text
$rows.Controls.Add($label)
$script:answer = $null
$box = $null
if ($dialog.isEntry) {
  $box = New-Object System.Windows.Forms.TextBox
  $box.Width = 540
  $rows.Controls.Add($box)
}
$row = New-Object System.Windows.Forms.FlowLayoutPanel
$row.AutoSize = $true
foreach ($choice in $dialog.choices) {
  $button = New-Object System.Windows.Forms.Button
  $button.UseMnemonic = $false
  $button.AutoSize = $true
  $button.Text = $choice.label
  $button.Tag = $choice.id
  $button.Add_Click({ $script:answer = $this.Tag; $form.Close() })
  $row.Controls.Add($button)
}
$rows.Controls.Add($row)
$form.Controls.Add($rows)
if ($box) { $form.AcceptButton = $row.Controls[0]; $form.ActiveControl = $box } else { $form.ActiveControl = $row.Controls[0] }
$form.KeyPreview = $true
$form.Add_KeyDown({ if ($_.KeyCode -eq 'Escape') { $form.Close() } })
$timer = New-Object System.Windows.Forms.Timer
$timer.Interval = [Math]::Min(2147483647, 1000 * [long]$dialog.timeoutSeconds)
$timer.Add_Tick({ $form.Close() })
$timer.Start()
[void]$form.ShowDialog()
if ($null -eq $script:answer) { exit 1 }
if ($box) { [Console]::Out.Write($box.Text) } else { [Console]::Out.Write($script:answer) }
exit 0
`;

export const powershell: DialogProgram = {
  name: 'PowerShell',
  ask: ({ title, lines, choices, timeoutSeconds }) => run({ title, text: lines.join('\r\n'), choices, timeoutSeconds }),
  chosen: ({ choices }, { code, output }: Outcome) =>
    code === 0 ? choices.find(({ id }) => id === output)?.id : undefined,
  entry: (entry) => run({ ...entry, isEntry: true, choices: [{ id: 'send', label: 'OK' }] }),
  typed: ({ code, output }) => (code === 0 ? output : undefined),
};

/** The script goes encoded, as UTF-16 (about_PowerShell_exe, `-EncodedCommand`): no quoting of Windows touches it. */
function run(dialog: object): Invocation {
  const encoded = Buffer.from(SCRIPT, 'utf16le').toString('base64');
  return {
    command: 'powershell.exe',
    args: ['-NoProfile', '-NonInteractive', '-STA', '-WindowStyle', 'Hidden', '-EncodedCommand', encoded],
    environment: { [DIALOG_VARIABLE]: JSON.stringify(dialog) },
  };
}
