# Completes a new root file system, the first argument: its kernel, our files, and what runs at its boot.
# The second argument is the folder of our files, the third the reference wg-quick.
set -eu
root=$1 files=$2 wg_quick=$3

# The kernel is unpacked, not installed: its package would ask for an initramfs that finds every kind of disk.
# From forky on, it is in two other packages that the one of its name depends on.
depends() { apt-cache depends "$1" | sed -n "s/.* Depends: \(linux-$2-[0-9][^ ]*\)/\1/p"; }
cd "$root"
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
kernel=$(depends linux-image-cloud-amd64 image)
apt-get --quiet --option=APT::Sandbox::User=root download \
    "$kernel" $(depends "$kernel" binary) $(depends "$kernel" modules)
for package in linux-*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink
    rm "$package"
done
chroot . depmod "$(ls usr/lib/modules)"

cp -r "$files/." .
chmod 600 etc/NetworkManager/system-connections/*
install -m 755 "$wg_quick" usr/local/bin/wg-quick
echo guest >etc/hostname
printf '127.0.0.1 localhost guest\n::1 localhost\n' >etc/hosts
# A system that knows its name and is up to date; else its first boot would enable all there is, and make caches.
echo 5b1c0ffee0d94a5c8f0d2b5c8a1e7d34 >etc/machine-id
touch etc/.updated var/.updated
ln -sf ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
systemctl --root=. --quiet enable systemd-networkd.service systemd-resolved.service internet.service agent.service
systemctl --root=. --quiet disable NetworkManager.service NetworkManager-wait-online.service wpa_supplicant.service
systemctl --root=. --quiet enable NetworkManager-dispatcher.service
systemctl --root=. --quiet mask getty@tty1.service serial-getty@ttyS0.service systemd-pstore.service
