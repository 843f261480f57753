# Completion of murano for PowerShell. Made by `murano completion powershell`.
Register-ArgumentCompleter -Native -CommandName murano -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $code = $global:LASTEXITCODE
    try {
        $words = @($commandAst.CommandElements |
            Select-Object -Skip 1 |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
            ForEach-Object {
                if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
                else { $_.Extent.Text }
            })
        $current = $wordToComplete.Trim("'", '"')
        $answer = @(& murano __complete powershell "=$current" @words 2>$null)
        # Without a result PowerShell offers files.
        if ($answer.Count -gt 1 -and $answer[0] -eq 'words') {
            $answer | Select-Object -Skip 1 | ForEach-Object {
                $value, $help = $_ -split "`t", 2
                $text = $value
                if ($text -notmatch '^[\w./:=+-]+$') {
                    $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($text) + "'"
                }
                if (-not $help) { $help = $value }
                [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
            }
        }
    } catch {
    } finally {
        $global:LASTEXITCODE = $code
    }
}
