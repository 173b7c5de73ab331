"""Response objects over wire JSON: a dict that is read by attribute too. The wire JSON is the type.

An object holds exactly the fields that came. A declared field that did not come reads as its default or
None; an unknown field that came is an attribute like any other; anything else is an AttributeError. Nested
objects get their class when they are first read, in their place, so that what nobody reads costs nothing.
A field whose name is a method (`items`, `copy`) is reached as an item only.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from typing import Any, ClassVar, Self, TypeAlias

Json: TypeAlias = dict[str, Any]

_get = dict.get
_getitem = dict.__getitem__
_update = dict.update


def _or_from_pairs(init: Callable[..., None]) -> Callable[..., None]:
    """Let a constructor also take a mapping or pairs, as dict's does: `dataclasses.asdict` calls it so."""

    @functools.wraps(init)
    def construct(self: WireObject, *args: Any, **kwargs: Any) -> None:
        if len(args) == 1 and not kwargs and isinstance(args[0], Mapping | Iterator):
            self.update(args[0])
        else:
            init(self, *args, **kwargs)

    return construct


class WireObject(dict[str, Any]):
    """A JSON object with declared fields: annotations in the class body, defaults beside them.

    Fields with a default are always shown and dumped, the others only where they came. `nested` names the
    class of a field's object, or of the objects in its list.
    """

    model_fields: ClassVar[Mapping[str, Any]] = {}
    _defaults: ClassVar[Mapping[str, Any]] = {}
    _nested: ClassVar[Mapping[str, type[WireObject]]] = {}

    def __init_subclass__(cls, nested: Mapping[str, type[WireObject]] | None = None) -> None:
        fields = {n: a for n, a in cls.__annotations__.items() if not n.startswith("_")}
        cls.model_fields = {**cls.model_fields, **fields}
        cls._nested = {**cls._nested, **(nested or {})}
        cls._defaults = {**cls._defaults, **{n: cls.__dict__[n] for n in fields if n in cls.__dict__}}
        for name in fields:
            if not hasattr(WireObject, name):
                read = _read_nested if name in cls._nested else _read
                setattr(cls, name, property(read(name, cls._defaults.get(name))))
        if "__init__" in cls.__dict__:
            cls.__init__ = _or_from_pairs(cls.__init__)  # type: ignore[method-assign]

    @_or_from_pairs
    def __init__(self, **fields: Any) -> None:
        super().__init__(fields)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """The object over decoded JSON: nothing checked, nothing added, `wire` itself left as it was.

        Its nested values are shared with `wire` until they are read.
        """
        made = cls.__new__(cls)
        _update(made, wire)
        return made

    @classmethod
    def _built(cls, value: Any) -> Any:
        """`value`, or the object constructed from it if it is a mapping or another library's model."""
        if isinstance(value, cls):
            return value
        if callable(getattr(value, "model_dump", None)):
            value = value.model_dump()
        return cls(**value) if isinstance(value, Mapping) else value

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self:
            return self[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __delattr__(self, name: str) -> None:
        if name.startswith("_"):
            object.__delattr__(self, name)
        elif name in self:
            del self[name]
        else:
            raise AttributeError(name, name=name, obj=self)

    def __getitem__(self, key: str) -> Any:
        value = _getitem(self, key)
        kind = type(value)
        return self._hydrate(key, value) if kind is dict or kind is list else value

    def get(self, key: str, default: Any = None) -> Any:
        value = _get(self, key, default)
        kind = type(value)
        return self._hydrate(key, value) if (kind is dict or kind is list) and value is not default else value

    def setdefault(self, key: str, default: Any = None) -> Any:
        super().setdefault(key, default)
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        if key in self:
            self.get(key)
        return super().pop(key, *default)

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        self._hydrate_all()
        return super().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        self._hydrate_all()
        return super().items()

    def _hydrate_all(self) -> None:
        for name in self._nested:
            self.get(name)

    def _hydrate(self, key: str, value: Any) -> Any:
        """Give the plain dict or list under `key` its class, if it has one, and keep the result."""
        cls = self._nested.get(key)
        if cls is None:
            return value
        if type(value) is dict:
            value = cls.from_wire(value)
        elif value and (type(value[0]) is dict or type(value[-1]) is dict):
            value = [cls.from_wire(item) if type(item) is dict else item for item in value]
        else:
            return value
        self[key] = value
        return value

    def __bool__(self) -> bool:
        return True  # as pydantic's objects are: an empty delta is still a delta

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self})

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with `update` over it; nested values are shared unless `deep`."""
        import copy

        copied = copy.deepcopy(self) if deep else copy.copy(self)
        copied.update(update or {})
        return copied

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        return self.model_copy(update=update, deep=deep)

    def _shown(self, exclude_unset: bool = False) -> Json:
        """Declared fields in their order, those that came or have a default; then the others that came."""
        self._hydrate_all()
        defaults = {} if exclude_unset else self._defaults
        declared = {
            n: _get(self, n, defaults.get(n)) for n in self.model_fields if n in self or n in defaults
        }
        return {**declared, **self}

    def model_dump(
        self,
        *,
        include: Any = None,
        exclude: Any = None,
        exclude_none: bool = False,
        exclude_unset: bool = False,
        **_pydantic_options: Any,
    ) -> Json:
        """Plain dicts and lists, with the defaults of absent fields unless `exclude_unset`.

        `include` and `exclude` are sets of names, or mappings from a name to such a set for its object;
        `exclude_none` leaves out fields without a value. Other options of pydantic change nothing here.
        """
        dump: Json = {}
        for name, value in self._shown(exclude_unset).items():
            if (exclude_none and value is None) or (include is not None and name not in include):
                continue
            inner_exclude = _inner(exclude, name)
            if exclude is not None and name in exclude and inner_exclude is None:
                continue
            options = {"exclude_none": exclude_none, "exclude_unset": exclude_unset}
            dump[name] = _plain(value, include=_inner(include, name), exclude=inner_exclude, **options)
        return dump

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """`model_dump` as JSON text."""
        import msgspec

        text = msgspec.json.encode(self.model_dump(**options))
        return (msgspec.json.format(text, indent=indent) if indent else text).decode()

    def to_json(self, **options: Any) -> str:
        return self.model_dump_json(**options)

    def to_dict(self, **options: Any) -> Json:
        return self.model_dump(**options)

    def json(self, **options: Any) -> Json:
        """A dict, as LiteLLM's objects answer; JSON text is `model_dump_json`."""
        return self.model_dump(**options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in self._shown().items())})"

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        yield from self._shown().items()

    @classmethod
    def model_validate(cls, value: Any, **_pydantic_options: Any) -> Self:
        """`value` if it is of this class, else the object over a mapping or over another library's model.

        Raises ValueError for anything else.
        """
        if isinstance(value, cls):
            return value
        if callable(getattr(value, "model_dump", None)):
            value = value.model_dump()
        if not isinstance(value, Mapping):
            raise ValueError(f"{cls.__name__} needs a mapping, not {type(value).__name__}")  # noqa: TRY004
        return cls.from_wire(value)

    @classmethod
    def parse_obj(cls, value: Any) -> Self:
        return cls.model_validate(value)

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        """The object over JSON text; raises ValueError when it is not a JSON object."""
        import msgspec

        return cls.model_validate(msgspec.json.decode(text))

    @classmethod
    def model_construct(cls, _fields_set: Any = None, **fields: Any) -> Self:
        return cls.from_wire(fields)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        from pydantic_core import core_schema

        dump = core_schema.plain_serializer_function_ser_schema(_dump_for_pydantic, info_arg=True)
        return core_schema.no_info_plain_validator_function(cls.model_validate, serialization=dump)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> Json:
        return {"type": "object", "title": cls.__name__, "additionalProperties": True}

    def dict(self, **options: Any) -> Json:
        return self.model_dump(**options)


def _read(name: str, default: Any) -> Callable[[WireObject], Any]:
    """The reader behind an attribute: many times faster than `__getattr__`, and seen by `dir`."""
    return lambda self: _get(self, name, default)


def _read_nested(name: str, default: Any) -> Callable[[WireObject], Any]:
    def read(self: WireObject) -> Any:
        value = _get(self, name, default)
        kind = type(value)
        # This repeats the test of `_hydrate`, to spare the second and every later read its call.
        if kind is list and value:
            kind = dict if type(value[0]) is dict else type(value[-1])
        return self._hydrate(name, value) if kind is dict else value

    return read


def _inner(spec: Any, name: str) -> Any:
    """What `include` or `exclude` says about the inside of `name`; None if it names `name` as a whole."""
    inner = spec.get(name) if isinstance(spec, Mapping) else None
    return None if inner is True or inner is ... else inner


def _plain(value: Any, *, include: Any = None, exclude: Any = None, **options: bool) -> Any:
    if isinstance(value, WireObject):
        return value.model_dump(include=include, exclude=exclude, **options)
    if isinstance(value, dict):
        return {key: _plain(member, **options) for key, member in value.items()}
    if isinstance(value, list):
        # pydantic's word for "every element"
        include, exclude = _inner(include, "__all__"), _inner(exclude, "__all__")
        return [_plain(member, include=include, exclude=exclude, **options) for member in value]
    return value


def _dump_for_pydantic(value: WireObject, info: Any) -> Json:
    return value.model_dump(exclude_none=info.exclude_none, exclude_unset=info.exclude_unset)
