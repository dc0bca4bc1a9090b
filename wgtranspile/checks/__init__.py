"""What only several configs together show: those of one host in `host`, those of a whole fleet in `fleet`.

In: configs and their tunnels. Out: findings at the later of two places, which show both.
"""
