package tramontane.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.backend.ModelState;
import tramontane.completion.Answering;

/** A pool whose models and limits change while it answers. */
class PoolChangeTest {
    @TempDir Path folder;
    private Path a;
    private Path b;
    private Path c;

    @BeforeEach
    void write() {
        a = TinyPool.write(folder, "a.gguf", 1);
        b = TinyPool.write(folder, "b.gguf", 2);
        c = TinyPool.write(folder, "c.gguf", 3);
    }

    private static List<String> ids(TinyPool pool) {
        return pool.pool.models().stream().map(ModelCard::id).toList();
    }

    @Test
    void anAddedModelAnswersAndTheListHasTheNewOrder() throws Exception {
        PoolSettings room = TinyPool.roomFor(3, a);
        try (TinyPool pool = new TinyPool(room, TinyPool.model(a))) {
            pool.pool.change(List.of(TinyPool.model(b), TinyPool.model(a)), room);
            assertThat(ids(pool)).containsExactly("b", "a");
            assertThat(pool.card("b").contextLength()).isEqualTo(512);
            // The first one is loaded without a request.
            pool.await("b", ModelState.Loaded.class);
            assertThat(pool.answer("b")).isNotEmpty().isNotEqualTo(pool.answer("a"));
            pool.pool.change(
                    List.of(TinyPool.model(b), TinyPool.model(a), TinyPool.model(c)), room);
            assertThat(pool.state("c")).isInstanceOf(ModelState.Unloaded.class);
            assertThat(pool.answer("c")).isNotEmpty();
        }
    }

    @Test
    void aRemovedModelFinishesItsRequestsAndIsUnloaded() throws Exception {
        PoolSettings room = TinyPool.roomFor(1, a);
        try (TinyPool pool = new TinyPool(room, TinyPool.pinned(a), TinyPool.model(b))) {
            Answering running = pool.ask("a", 200);
            ModelCard before = pool.card("a");
            pool.pool.change(List.of(TinyPool.model(b)), room);
            assertThat(ids(pool)).containsExactly("b");
            ModelPoolTest.refused(
                    () -> pool.answer("a"), ErrorCode.INVALID_MODEL, "Invalid model: a");
            assertThat(pool.pool.state(before)).isInstanceOf(ModelState.Unloaded.class);
            assertThat(pool.pool.occupancies()).containsKey("a");
            assertThat(TinyPool.text(running)).isNotEmpty();
            running.close();
            // Only when it is gone is there memory for the other one.
            pool.await("b", ModelState.Loaded.class);
            assertThat(pool.pool.occupancies()).containsOnlyKeys("b");
            assertThat(pool.pool.files()).containsOnlyKeys("b");
        }
    }

    @Test
    void anotherFileOfTheSameNameTakesItsPlace() throws Exception {
        PoolSettings room = TinyPool.roomFor(2, a);
        Path other = Files.createDirectory(folder.resolve("other"));
        Path second = TinyPool.write(other, "a.gguf", 9);
        try (TinyPool pool = new TinyPool(room, TinyPool.model(a))) {
            String first = pool.answer("a");
            Answering running = pool.ask("a");
            pool.pool.change(List.of(TinyPool.model(second)), room);
            assertThat(pool.answer("a")).isNotEqualTo(first);
            assertThat(TinyPool.text(running)).isEqualTo(first);
            running.close();
            assertThat(ids(pool)).containsExactly("a");
        }
    }

    @Test
    void aModelThatCannotBeLoadedAtOnceChangesNothing() throws Exception {
        PoolSettings room = TinyPool.roomFor(2, a);
        Path damaged = Files.write(folder.resolve("damaged.gguf"), new byte[10]);
        try (TinyPool pool = new TinyPool(room, TinyPool.model(a))) {
            for (List<PooledModel> models :
                    List.of(
                            List.of(TinyPool.model(damaged), TinyPool.model(a)),
                            List.of(TinyPool.model(a), TinyPool.pinned(damaged)))) {
                assertThatThrownBy(() -> pool.pool.change(models, room))
                        .isInstanceOf(UnloadableModelException.class);
                assertThat(ids(pool)).containsExactly("a");
                assertThat(pool.answer("a")).isNotEmpty();
            }
            pool.pool.change(List.of(TinyPool.model(a), TinyPool.model(damaged)), room);
            assertThat(pool.state("damaged")).isInstanceOf(ModelState.Failed.class);
        }
    }

    @Test
    void aLowerBudgetUnloadsIdleModelsAndAHigherOneAdmitsOnesThatDidNotFit() throws Exception {
        PoolSettings room = TinyPool.roomFor(2, a);
        List<PooledModel> models = List.of(TinyPool.model(a), TinyPool.model(b));
        try (TinyPool pool = new TinyPool(room, TinyPool.model(a), TinyPool.model(b))) {
            pool.answer("b");
            pool.answer("a");
            pool.pool.change(models, TinyPool.roomFor(1, a));
            pool.await("b", ModelState.Unloaded.class);
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
            pool.pool.change(
                    List.of(TinyPool.pinned(a), TinyPool.model(b)), TinyPool.roomFor(1.2, a));
            pool.await("b", ModelState.Failed.class);
            pool.pool.change(models, room);
            pool.await("b", ModelState.Unloaded.class);
            assertThat(pool.answer("b")).isNotEmpty();
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
        }
    }

    @Test
    void theTimeAfterWhichAnIdleModelIsUnloadedChanges() throws Exception {
        PoolSettings room = TinyPool.roomFor(2, a);
        PoolSettings brief =
                new PoolSettings(
                        room.budgetBytes(),
                        TinyPool.LONG,
                        Optional.of(Duration.ofMillis(1)),
                        TinyPool.SOON,
                        TinyPool.SOON,
                        8);
        List<PooledModel> models = List.of(TinyPool.pinned(a), TinyPool.model(b));
        try (TinyPool pool = new TinyPool(room, TinyPool.pinned(a), TinyPool.model(b))) {
            pool.answer("b");
            pool.pool.change(models, brief);
            pool.await("b", ModelState.Unloaded.class);
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
        }
    }
}
