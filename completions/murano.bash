# Completion of murano for bash. Made by `murano completion bash`.
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
