"""What a running process has in hand: settings, database, photo store, photo intake. Made once, closed at the end."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from audit.config import Settings, settings
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.photos.choose import open_documents, open_store
from audit.photos.intake import IntakePool
from audit.photos.store import PhotoStore
from audit.services.handover import Handover
from exports.render import Renderer


@dataclass(eq=False)
class Installation:
    """One data folder (or database and bucket) and the means to work with it; each part is made at first use."""

    settings: Settings
    handover: Handover = field(default_factory=Handover)  # files that one person may fetch once
    worker: str = ""  # the name under which this process does jobs

    @cached_property
    def db(self) -> Database:
        """The database, brought to the newest schema."""
        database = Database(self.settings.effective_database_url)
        migrate(database)
        return database

    @cached_property
    def photos(self) -> PhotoStore:
        """Where photo bytes are kept."""
        return open_store(self.settings.photo_store, self.settings.home)

    @cached_property
    def documents(self) -> PhotoStore:
        """Where the bytes of documents are kept; collected by `document_care`."""
        return open_documents(self.settings.photo_store, self.settings.home)

    @cached_property
    def intake(self) -> IntakePool:
        """The bounded worker processes that decode photos."""
        return IntakePool(self.settings.photo_workers)

    @cached_property
    def renderer(self) -> Renderer:
        """The bounded worker processes that lay out documents."""
        return Renderer(self.settings.home / "cache", self.settings.report_workers)

    def make_all(self) -> None:
        """Make every part now: where two threads ask first at the same moment, each would make one (Python 3.12 on)."""
        for name, part in vars(type(self)).items():
            if isinstance(part, cached_property):
                getattr(self, name)

    def close(self) -> None:
        """Stop worker processes and give back connections."""
        if "intake" in self.__dict__:
            self.intake.close()
        if "renderer" in self.__dict__:
            self.renderer.close()
        if "db" in self.__dict__:
            self.db.close()


@lru_cache(maxsize=1)
def installation() -> Installation:
    """The installation of this process. Whoever starts threads asks for it before, as the launcher does."""
    return Installation(settings())
