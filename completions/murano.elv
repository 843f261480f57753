# Completion of murano for elvish. Made by `murano completion elvish`.
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
