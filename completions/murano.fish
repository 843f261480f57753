# Completion of murano for fish. Made by `murano completion fish`.
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
