# Completion of wgtranspile for fish. Made by tools/generate.py.

function __wgtranspile_codes
    printf '%s\t%s\n' \
        B401 'the backend does not save the running state to the config (`SaveConfig`)' \
        B402 'the backend contains only the firewall' \
        B403 'the backend assumes a mark for the default route' \
        B404 'the backend does not support this value of `--keys`' \
        B405 'the backend does not compute the MTU and uses 1420' \
        B406 'the backend does not create a link without a private key' \
        B407 'the backend does not know the name of this routing table' \
        B409 'with the backend, a failing `PreDown` hook does not keep the tunnel up' \
        B410 'the backend sets DNS only through systemd-resolved' \
        B411 'the backend resolves the name of an endpoint in the background' \
        B412 'the backend cannot handle the name of the interface' \
        B413 'the backend does not support this endpoint' \
        B414 'the backend omits a search domain' \
        B415 'when the backend restarts, packets may bypass the tunnel for a moment' \
        B417 'the backend runs `PreUp` only after the tunnel is configured' \
        B418 'the backend does not run this hook when the host shuts down' \
        B419 'the backend enables IPv6 on the link and adds a link-local address (fe80::…)' \
        B420 'the backend disables IPv6 on the link, which does not use it' \
        B421 'the backend omits a DNS server: the tunnel has no address or route of its family' \
        B422 'the backend cannot use any DNS server: the tunnel has no address or route of their family' \
        B423 'a DNS server of a family without an `Address` needs NetworkManager 1.46' \
        B424 'the backend adds a separate connected route for each address of a network' \
        B425 'with the backend, DNS is exclusive only through systemd-resolved' \
        B426 'the backend has to ask for the keys, so the tunnel does not come up at boot' \
        B427 'the backend reorders the DNS servers: IPv4 servers come first' \
        B428 'restarting the backend resets the session with each peer' \
        B429 'a restart of the backend undoes what this hook does' \
        B430 'the backend enables IPv6 on the link even if it is disabled on the host' \
        B431 'a restart of the backend restores what this hook removes' \
        B440 'the backend undoes what this hook sets in the resolver' \
        B441 'restarting the backend resets the endpoint of a peer that has moved' \
        B442 '`nmcli device reapply` undoes what this hook does to the link' \
        B443 'the backend restores what this hook removes' \
        B444 'packets may bypass the tunnel while the backend reconfigures the link' \
        B445 'the backend may undo what this hook does when it reconfigures the link' \
        C201 'unknown section' \
        C202 'a setting appears before any section' \
        C203 'unknown key' \
        C204 'this key belongs in another section' \
        C205 'this config is for AmneziaWG, not for WireGuard' \
        C206 'this key has no value' \
        C207 'this value is not a valid WireGuard key' \
        C208 'this value is not a valid interface address' \
        C209 'this value is an ambiguous way to write an address' \
        C210 'an address is listed twice' \
        C211 'this value is not a valid network' \
        C212 'this network has host bits set' \
        C213 'this value is not a valid endpoint' \
        C214 'this value is not a valid port' \
        C215 'this value is not a port number' \
        C216 'this value is not a valid mark' \
        C217 'this value is not a valid keepalive interval' \
        C218 'this value is not a valid MTU' \
        C219 'this value is neither true nor false' \
        C220 'this value is not a valid DNS server address' \
        C221 'this value is not a valid search domain' \
        C222 'this peer has no `PublicKey`' \
        C223 'this key overrides an earlier one' \
        C224 'which table this name stands for depends on the host' \
        C225 'this key is empty and has no effect' \
        C226 'the interface name is invalid' \
        C227 'no `PrivateKey` is set' \
        C228 'this value starts with a zero, which makes it octal' \
        C229 'this value is not a valid routing table' \
        C230 'this address cannot be assigned to a host' \
        C231 'this name is a common name for a network card' \
        C232 'the config has no `[Interface]` and no `[Peer]` section' \
        C233 'this key is a placeholder instead of a key' \
        C234 'this is the target, not a wg-quick config' \
        C235 'the interface is called the interface, short for this name' \
        C236 'this hook refers to this name, but the interface is called the interface' \
        C237 'the file is not a WireGuard config' \
        F701 'this `PrivateKey` is also used in another config' \
        F702 'this peer is a config of this run, which does not list this one as a peer' \
        F703 'no config has this peer\'s key; the peer is probably another config' \
        F704 'other peers take all AllowedIPs of this peer' \
        F705 'this preshared key differs from the one in another config' \
        F706 'this `Address` is also used in another config' \
        F707 'the AllowedIPs of this peer do not contain the address of another config' \
        F708 'the port of this endpoint is not the `ListenPort` of another config' \
        H601 'this `PrivateKey` is also used in another config' \
        H602 'this port is also used in another config' \
        H603 'this address is also used in another config' \
        H604 'this default route competes with the one in another config' \
        K501 'the file contains keys and is world-readable' \
        K502 'the output contains keys, and others can read the file it is written to' \
        M801 'the interface is not an active WireGuard interface of this host' \
        M802 'the live state of this host cannot be read' \
        M803 'the live tunnel differs from the config' \
        M804 'the target is not installed: the unit does not exist' \
        M805 'the target is too old for the files' \
        M806 'the unit is masked' \
        M807 'systemd-networkd is not running; it will be enabled and started' \
        M808 'the NetworkManager service is not running' \
        M809 'networkd would remove a policy rule of another program' \
        M810 'another file also configures the interface' \
        M811 'another file mentions the interface' \
        M812 'the file already exists and will be replaced' \
        M813 'a drop-in changes how wg-quick brings up the interface; the target does not use it' \
        M814 'a unit depends on wg-quick\'s unit: it will also be stopped, and would start wg-quick\'s unit again' \
        M815 'your session runs through the interface' \
        M816 'your session runs through the interface, which will be down for a moment' \
        M817 'the interface has already been migrated' \
        M818 'the live tunnel differs from the config; a hook may be the cause' \
        M819 'cannot tell whether the live tunnel matches the config' \
        M820 'a migration of the interface is in progress or was interrupted' \
        M821 'systemd-resolved is not running, but networkd needs it to set the DNS servers of the interface' \
        M822 'another file uses the mark and routing table of the interface' \
        M823 'the interface needs NetworkManager\'s dispatcher service, which is not enabled' \
        M824 'a migration needs root privileges' \
        M825 'systemd is not running as the init system of this host' \
        P301 'a network moves from an earlier peer to this peer' \
        P302 'this section modifies a peer that was defined earlier' \
        P303 'this peer has the interface\'s own key and is ignored' \
        P304 'an MTU this small disables IPv6 on the link' \
        P305 'the route to this network already exists' \
        P306 'the mark is also the number of a table of the kernel' \
        P307 'nft cannot name a table after this interface' \
        P308 'the search domains have no effect without a DNS server' \
        P309 'this hook uses a variable or function that exists only inside wg-quick' \
        P310 'the default route is added to the main table, next to the host\'s own' \
        P311 'this `PreUp` hook configures the device before wg-quick does' \
        P312 'this peer is left without AllowedIPs' \
        P313 'this hook names wg-quick\'s usual mark or table, but this tunnel has another' \
        S101 'the file begins with a byte order mark' \
        S102 'the file contains a NUL character' \
        S103 '`;` does not start a comment' \
        S104 'this line is not a section, a `Key = value` setting or a comment' \
        S105 'this is not a valid section header' \
        X901 'the config cannot be read' \
        X902 'the file cannot be written' \
        X903 'the same file would be written for two configs' \
        X904 'root does not write under a folder that others control' \
        X905 'the file exists and was not created by wgtranspile' \
        X990 'more findings are not shown' \
        X999 'wgtranspile failed because of a bug'
end

function __wgtranspile_interfaces
    sh -c '{ ls /etc/wireguard | sed -n \'s/[.]conf$//p\'; grep -lsx DEVTYPE=wireguard /sys/class/net/*/uevent | sed \'s|/uevent$||; s|.*/||\'; } 2>/dev/null | grep -xE \'[a-zA-Z0-9_=+.-]{1,15}\' | sort -u'
end

function __wgtranspile_migrated
    sh -c 'ls /var/lib/wgtranspile 2>/dev/null | tr , \'\\n\' | grep -xE \'[a-zA-Z0-9_=+.-]{1,15}\' | sort -u'
end

complete -c wgtranspile -f
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -a '(__fish_complete_suffix .conf | string match -er '"'"'(/|\.conf)(\t|$)'"'"')'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l to -x -a 'networkd networkmanager shell nft json nm' -d 'The target: networkd, networkmanager (nm), shell, nft or json. A version of it can follow, as in networkd@252.  [required]'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -s o -l output -x -a '(__fish_complete_directories)' -d 'Write files under DIR instead of to stdout.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l keys -x -a 'file inline external credential' -d 'Where to store keys: file, inline, external (not written) or credential.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l show-keys -d 'Show keys on a terminal.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l strict -d 'Treat warnings as errors.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l allow -x -a '(__wgtranspile_codes)' -d 'Treat this warning as a note; can be repeated.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l ignore -x -a '(__wgtranspile_codes)' -d 'Count this warning or note without showing it; can be repeated.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l fwmark -x -d 'Pin the mark and table of a default route.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l mtu -x -d 'Pin the MTU if the config sets none.  [1280<=x<=65535]'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l name -x -a '(__wgtranspile_interfaces)' -d 'The interface name, if the file name is not NAME.conf.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l shorten-names -d 'Shorten interface names of more than 15 characters.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l keep-going -d 'Write the valid configs even if others are refused.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l activation -x -a 'boot manual' -d 'When the tunnel comes up: boot, or manual (only on request).  [default: boot]'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l keep-foreign-rules -l no-keep-foreign-rules -d 'Have networkd keep policy rules of other programs (default: with a default route or hooks).'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l check -d 'Write nothing; show what would change under DIR as a diff (in a git work tree: only what git keeps).'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l prune -d 'Remove files of earlier runs that this run does not write.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l overwrite -d 'Replace files not created by wgtranspile, and keep copies of them.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l trust-owner -x -d 'As root, also write under folders of USER, USER:GROUP, :GROUP or *.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l jobs -x -d 'The number of processes (default: one per processor).  [x>=1]'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l fleet-checks -d 'Find contradictions between the configs of a fleet.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l message-format -x -a 'text concise json json-lines github sarif' -d 'The format of findings: text, concise, json, json-lines, github or sarif.  [default: text]'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l quiet -d 'Show only errors (in text and concise).'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l statistics -d 'At the end, show how often each finding occurred.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -l version -d 'Show the version and exit.'
complete -c wgtranspile -n 'not __fish_seen_subcommand_from verify explain migrate confirm rollback' -s h -l help -d 'Show this message and exit.'
complete -c wgtranspile -n '__fish_is_first_token' -a verify -d 'Compare this host with the state that wg-quick would create from CONFIG. Exit status: 0 equal, 1 different.'
complete -c wgtranspile -n '__fish_seen_subcommand_from verify' -a '(__fish_complete_suffix .conf | string match -er '"'"'(/|\.conf)(\t|$)'"'"'; __wgtranspile_interfaces)'
complete -c wgtranspile -n '__fish_seen_subcommand_from verify' -l name -x -a '(__wgtranspile_interfaces)' -d 'The interface name, if the file name is not NAME.conf.'
complete -c wgtranspile -n '__fish_seen_subcommand_from verify' -l json -d 'Print JSON, for programs.'
complete -c wgtranspile -n '__fish_seen_subcommand_from verify' -l normalisations -d 'Show which differences are ignored, and why.'
complete -c wgtranspile -n '__fish_seen_subcommand_from verify' -s h -l help -d 'Show this message and exit.'
complete -c wgtranspile -n '__fish_is_first_token' -a explain -d 'Explain a finding: what it means, what to do about it, and an example.'
complete -c wgtranspile -n '__fish_seen_subcommand_from explain' -a '(__wgtranspile_codes)'
complete -c wgtranspile -n '__fish_seen_subcommand_from explain' -s h -l help -d 'Show this message and exit.'
complete -c wgtranspile -n '__fish_is_first_token' -a migrate -d 'Migrate tunnels of this host from wg-quick to another network manager, or roll back if their state changes.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -a '(__wgtranspile_interfaces)'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l to -x -a 'networkd networkmanager nm' -d 'The target: networkd or networkmanager (nm).  [required]'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l dry-run -d 'Change nothing; show the steps and any obstacles.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l confirm -x -d 'Roll back unless the migration is confirmed within this time.  [default: 0; x>=0]'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l hold -d 'Block traffic that would leave unencrypted while the tunnel is down.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l keys -x -a 'file inline external credential' -d 'Where to store keys, as for the main command.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l keep-foreign-rules -l no-keep-foreign-rules -d 'Have networkd keep policy rules of other programs (default: with a default route or hooks).'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l strict -d 'Treat warnings as errors.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l allow -x -a '(__wgtranspile_codes)' -d 'Treat this warning as a note; can be repeated.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -l json -d 'Print JSON, for programs.'
complete -c wgtranspile -n '__fish_seen_subcommand_from migrate' -s h -l help -d 'Show this message and exit.'
complete -c wgtranspile -n '__fish_is_first_token' -a confirm -d 'Confirm a migration, so that it is not rolled back.'
complete -c wgtranspile -n '__fish_seen_subcommand_from confirm' -a '(__wgtranspile_migrated)'
complete -c wgtranspile -n '__fish_seen_subcommand_from confirm' -s h -l help -d 'Show this message and exit.'
complete -c wgtranspile -n '__fish_is_first_token' -a rollback -d 'Return a tunnel to wg-quick, together with all tunnels that were migrated with it.'
complete -c wgtranspile -n '__fish_seen_subcommand_from rollback' -a '(__wgtranspile_migrated)'
complete -c wgtranspile -n '__fish_seen_subcommand_from rollback' -s h -l help -d 'Show this message and exit.'
