//! The scripts that make shells ask the program. They are the files of `completions/`.

/// A shell that has a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Elvish,
}

impl Shell {
    /// The script to load once; it calls `murano __complete`, see `super::answer`.
    ///
    /// None of them evaluates what the program prints, or shows what goes wrong.
    pub(crate) fn script(self) -> &'static str {
        match self {
            Self::Bash => BASH,
            Self::Zsh => ZSH,
            Self::Fish => FISH,
            Self::Powershell => POWERSHELL,
            Self::Elvish => ELVISH,
        }
    }
}

const BASH: &str = r#"# Completion of murano for bash. Made by `murano completion bash`.
_murano() {
    local answer line first=yes
    COMPREPLY=()
    answer=$(murano __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null) || return 0
    if [[ $answer == files ]]; then
        compopt -o default 2>/dev/null && return 0
        # Before bash 4
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done < <(compgen -f -- "$2")
        return 0
    fi
    while IFS= read -r line; do
        [[ -n $first ]] || COMPREPLY+=("$line")
        first=
    done <<<"$answer"
}
complete -F _murano murano
"#;

const ZSH: &str = r#"#compdef murano
# Completion of murano for zsh. Made by `murano completion zsh`.
_murano() {
    local -a answer entries
    local line value
    answer=("${(@f)$(murano __complete zsh "=${(Q)PREFIX}" "${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
    case $answer[1] in
        files)
            _files
            ;;
        words)
            for line in "${(@)answer[2,-1]}"; do
                value=${line%%$'\t'*}
                value=${value//\\/\\\\}
                entries+=("${value//:/\\:}:${line#*$'\t'}")
            done
            (( $#entries )) && _describe -V murano entries
            ;;
    esac
}
if [[ $funcstack[1] == _murano ]]; then
    _murano "$@"
else
    compdef _murano murano
fi
"#;

const FISH: &str = r#"# Completion of murano for fish. Made by `murano completion fish`.
function __murano_complete
    type --query murano; or return
    set --local words (commandline --current-process --tokenize --cut-at-cursor)
    set --erase words[1]
    set --local token (commandline --current-token --cut-at-cursor)
    set --local current (string unescape -- "$token"); or set current $token
    set --local answer (murano __complete fish "=$current" $words 2>/dev/null); or return
    switch $answer[1]
        case files
            __fish_complete_path "$current"
        case words
            set --erase answer[1]
            string join -- \n $answer
    end
end
complete --command murano --no-files --keep-order --arguments '(__murano_complete)'
"#;

const POWERSHELL: &str = r#"# Completion of murano for PowerShell. Made by `murano completion powershell`.
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
"#;

const ELVISH: &str = r#"# Completion of murano for elvish. Made by `murano completion elvish`.
use str
set edit:completion:arg-completer[murano] = {|@words|
    try {
        var answer = [(murano __complete elvish '='$words[-1] (all $words[1..-1]) 2>/dev/null | from-lines)]
        if (eq $answer[0] files) {
            edit:complete-filename $words[-1]
        } else {
            for line $answer[1..] {
                var value help = (str:split &max=2 "\t" $line)
                var display = $value
                if (not-eq $help '') {
                    set display = $value' ('$help')'
                }
                edit:complex-candidate $value &display=$display &code-suffix=' '
            }
        }
    } catch {
    }
}
"#;
