"""A town's directory of its staff, by LDAP: OpenLDAP and its kin, Active Directory. `asking` alone imports python-ldap."""

from beffroi.adapters.directory.place import Place

__all__ = ["Place"]
