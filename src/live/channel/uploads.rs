//! What a page says about files (section 10).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::Answer;
use super::{Changed, LiveChannel};
use crate::channel::{self, Crash, Flow, Socket as ChannelSocket};
use crate::live::component::ComponentId;
use crate::live::differ::DiffOptions;
use crate::live::rendered::RenderError;
use crate::live::upload::{
    PresignError, UploadConfig, UploadEntry, UploadError, UploadMail, UploadToken,
};
use crate::live::{self, LiveView};
use crate::protocol::Payload;
use crate::protocol::live::{self as wire, ProgressValue, UploadAllowance, UploadAnswer};
use crate::token::SecretKeyBase;

impl<V: LiveView> LiveChannel<V> {
    /// Takes the files that were chosen in a form, before the event is handled (10.2). References of uploads that are no
    /// more are stale and mean nothing.
    pub(super) fn choose_files(&mut self, event: &wire::Event<'_>) -> live::Result<()> {
        let component = event.cid.map(ComponentId::new);
        for (reference, chosen) in event.uploads()?.unwrap_or_default() {
            if let Some(upload) = self.socket.uploads().find(&reference, component) {
                upload.put_entries(chosen);
            }
        }
        Ok(())
    }

    /// The client asks which files it may send (10.3).
    pub(super) async fn allow_upload(
        &mut self,
        payload: &Payload,
        channel: &ChannelSocket<Self>,
    ) -> channel::Result {
        let request: wire::AllowUpload = payload.deserialize()?;
        let component = request.cid.map(ComponentId::new);
        let found = self.socket.uploads().find(&request.reference, component);
        let answer = match found {
            Some(upload) => self.preflight(&upload, request.entries, channel).await?,
            None => UploadAnswer::Refused {
                error: vec![(request.reference.clone(), "disallowed".into())],
            },
        };
        let allowance = UploadAllowance {
            reference: request.reference,
            answer,
        };
        let allowance = serde_json::to_vec(&allowance)?;
        let members = allowance[1..allowance.len() - 1].to_vec();
        let answer = Answer::Allowance(members);
        let left = self.settle(changed(component), answer, channel).await?;
        Ok(left.unwrap_or(Flow::NoReply))
    }

    async fn preflight(
        &mut self,
        upload: &UploadConfig,
        chosen: Vec<wire::UploadEntry>,
        channel: &ChannelSocket<Self>,
    ) -> Result<UploadAnswer, Crash> {
        let references: Vec<_> = chosen.iter().map(|entry| entry.reference.clone()).collect();
        if !upload.put_entries(chosen) {
            return Ok(upload.refusal());
        }
        let entries = upload.preflight(&references);
        if upload.is_external() {
            return self.presign(upload, entries).await;
        }
        let secret_key_base: &SecretKeyBase = channel.assigns();
        let sign = |entry: &UploadEntry| {
            let token = UploadToken {
                upload: upload.reference().to_owned(),
                entry: entry.reference.clone(),
            };
            token.sign(secret_key_base, &self.table.signing_salt)
        };
        let (valid, invalid): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.valid);
        let valid = valid.into_iter();
        let invalid = invalid.into_iter();
        Ok(UploadAnswer::Allowed {
            config: upload.client_config(),
            entries: valid
                .map(|entry| (entry.reference.clone(), sign(&entry).into()))
                .collect(),
            errors: invalid
                .map(|entry| (entry.reference.clone(), upload.json_errors(&entry)))
                .collect(),
        })
    }

    /// Asks the application where each entry goes. In an upload that sends at once an entry that cannot go does not stop
    /// the others.
    async fn presign(
        &mut self,
        upload: &UploadConfig,
        preflighted: Vec<Arc<UploadEntry>>,
    ) -> Result<UploadAnswer, Crash> {
        let (mut entries, mut errors) = (BTreeMap::new(), BTreeMap::new());
        for entry in preflighted {
            if !entry.valid {
                let reasons = upload.json_errors(&entry).into_iter();
                let reasons = reasons.map(|reason| json!({"reason": reason}));
                errors.insert(entry.reference.clone(), reasons.collect());
                continue;
            }
            match self.presign_upload(upload, &entry).await {
                Ok(meta) if meta.get("uploader").is_none() => {
                    return Err(Crash::new(
                        "the metadata of an external upload names no `uploader`",
                    ));
                }
                Ok(meta) => {
                    upload.put_external(&entry, meta.clone());
                    entries.insert(entry.reference.clone(), meta);
                }
                Err(PresignError::Refused(meta)) => {
                    upload.put_error(&entry, UploadError::ExternalMetadataFailure(meta.clone()));
                    if !upload.auto_upload() {
                        let error = vec![(entry.reference.clone(), meta)];
                        return Ok(UploadAnswer::Refused { error });
                    }
                    errors.insert(entry.reference.clone(), vec![meta]);
                }
                Err(PresignError::Crashed(cause)) => return Err(cause),
            }
        }
        Ok(UploadAnswer::Allowed {
            config: upload.client_config(),
            entries,
            errors,
        })
    }

    async fn presign_upload(
        &mut self,
        upload: &UploadConfig,
        entry: &UploadEntry,
    ) -> Result<Value, PresignError> {
        let name = upload.name();
        let Some(id) = upload.component() else {
            let socket = &mut self.socket;
            return self.view.presign_upload(name, entry, socket).await;
        };
        let Some(mut taken) = self.take_component(id) else {
            return Err(PresignError::Refused(Value::Null));
        };
        let component = &mut taken.component;
        let presigning = component.presign_upload_as(id, name, entry, &mut self.socket);
        let presigned = presigning.await;
        self.put_component(taken);
        presigned
    }

    /// Answers a preflight with what the client may send and what changed on the page.
    pub(super) fn allow(
        &mut self,
        members: &[u8],
        changed: Changed,
        channel: &ChannelSocket<Self>,
    ) -> Result<(), RenderError> {
        channel.reply_with(|out| {
            out.push(b'{');
            out.extend_from_slice(members);
            let end = out.len();
            out.extend_from_slice(br#","diff":{"#);
            if self.diff(changed, out, DiffOptions::default())? {
                out.push(b'}');
            } else {
                out.truncate(end);
            }
            out.push(b'}');
            Ok(())
        })
    }

    /// The client has sent more of a file (10.5).
    pub(super) async fn progress(
        &mut self,
        payload: &Payload,
        channel: &ChannelSocket<Self>,
    ) -> channel::Result {
        let progress: wire::Progress = payload.deserialize()?;
        if matches!(progress.progress, ProgressValue::Percent(101..)) {
            return Err(Crash::new(
                "the progress of an upload is more than 100 percent",
            ));
        }
        let component = progress.cid.map(ComponentId::new);
        let found = self.socket.uploads().find(&progress.reference, component);
        if let Some(upload) = found
            && let Some(entry) = upload.put_progress(&progress.entry_ref, &progress.progress)
        {
            self.handle_progress(&upload, &entry).await?;
        }
        let answer = Answer::Reply(None, DiffOptions::default());
        let left = self.settle(changed(component), answer, channel).await?;
        Ok(left.unwrap_or(Flow::NoReply))
    }

    async fn handle_progress(
        &mut self,
        upload: &UploadConfig,
        entry: &UploadEntry,
    ) -> live::Result<()> {
        let name = upload.name();
        let Some(id) = upload.component() else {
            let socket = &mut self.socket;
            return self.view.handle_progress(name, entry, socket).await;
        };
        let Some(mut taken) = self.take_component(id) else {
            return Ok(());
        };
        let component = &mut taken.component;
        component
            .handle_progress_as(id, name, entry, &mut self.socket)
            .await?;
        self.put_component(taken);
        Ok(())
    }

    /// Something happened to an entry while the view was busy with something else (10.6).
    pub(super) async fn upload_mail(&mut self, mail: &UploadMail) -> live::Result<Changed> {
        if let Some(entry) = mail.settle() {
            self.handle_progress(&mail.upload, &entry).await?;
        }
        Ok(changed(mail.upload.component()))
    }
}

fn changed(component: Option<ComponentId>) -> Changed {
    component.map_or(Changed::View, Changed::Component)
}
